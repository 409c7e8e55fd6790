"""States that were read before, on disk: reading ten thousand headlines takes a quarter of an hour."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from trader.data.files import make_folder, replace_file

States = npt.NDArray[np.float32]


def cached_states(
    read: Callable[[Sequence[str]], States], key: Sequence[str], folder: Path | None
) -> Callable[[Sequence[str]], States]:
    """`read`, asked only for texts that the folder has no state of; None: no cache.

    The key names everything but the text that decides a state: the model's sha256, and how it is read. A file that is
    damaged counts as empty. Raises BadInput for a folder that cannot be written into, before anything is read.
    """
    if folder is None:
        return read
    make_folder(folder)
    path = folder / f"states-{hashlib.sha256(repr(list(key)).encode()).hexdigest()[:16]}.npz"

    def known_or_read(texts: Sequence[str]) -> States:
        known = _load(path)
        missing = list(dict.fromkeys(text for text in texts if text not in known))
        if missing:
            known.update(zip(missing, read(missing), strict=True))
            replace_file(path, lambda draft: _save(draft, known))
        return np.stack([known[text] for text in texts])

    return known_or_read


def _save(path: Path, known: Mapping[str, States]) -> None:
    with path.open("wb") as file:  # given a path, numpy would add an ending of its own
        np.savez(file, texts=np.array(list(known)), states=np.stack(list(known.values())))


def _load(path: Path) -> dict[str, States]:
    try:
        with np.load(path, allow_pickle=False) as held:
            return dict(zip(held["texts"].tolist(), held["states"], strict=True))
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile):
        return {}
