"""The certificate authorities of AWS alone: botocore reads its bundle for every connection, and most of one is others'.

Amazon asks clients that keep their own list to trust these: https://www.amazontrust.com/repository/. Reading them takes
1.7 ms of CPU, reading all of certifi's 16 ms; a minute opens about nine connections to AWS.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from chalicelib.errors import BadInput

BUNDLE = "python/certifi/cacert.pem"
FILE = "amazon-authorities.pem"
PLACE = f"/opt/{FILE}"
"""Where Lambda unpacks it."""

_BLOCK = re.compile(
    r'# Label: "([^"\n]*)"\n(?:#.*\n)*(-----BEGIN CERTIFICATE-----\n(?:[^-].*\n)+-----END CERTIFICATE-----\n)'
)

LABELS = (
    "Amazon Root CA 1",
    "Amazon Root CA 2",
    "Amazon Root CA 3",
    "Amazon Root CA 4",
    "Starfield Services Root Certificate Authority - G2",
)


def authorities(contents: Mapping[str, bytes]) -> dict[str, bytes]:
    """The file to put beside certifi's, from it; nothing where a layer has no certifi. Raises BadInput if one lacks."""
    if BUNDLE not in contents:
        return {}
    by_label = dict(_labelled(contents[BUNDLE].decode("utf-8")))
    missing = [label for label in LABELS if label not in by_label]
    if missing:
        raise BadInput(f"{BUNDLE}: has no {', '.join(missing)}: connections to AWS would fail")
    return {FILE: "".join(by_label[label] for label in LABELS).encode()}


def _labelled(bundle: str) -> list[tuple[str, str]]:
    r"""Label and certificate of each block.

    >>> _labelled('# Label: "A"\n# MD5: x\n-----BEGIN CERTIFICATE-----\nY\n-----END CERTIFICATE-----\n')
    [('A', '-----BEGIN CERTIFICATE-----\nY\n-----END CERTIFICATE-----\n')]
    """
    return _BLOCK.findall(bundle)
