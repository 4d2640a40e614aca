"""What to draw: a recipe, read from TOML, that refuses words it does not know."""

from __future__ import annotations

import dataclasses
import tomllib
from importlib import resources
from pathlib import Path
from typing import Any

from odfault.errors import OdfaultError

Range = tuple[float, float]


@dataclasses.dataclass(frozen=True)
class Recipe:
    """Ranges that a drawn cube's geology, imaging and noise come from.

    A pair is a range, drawn from evenly unless it says otherwise; lengths are in samples or
    traces, angles in degrees, frequencies in cycles per sample, shares between 0 and 1.
    """

    shape: tuple[int, int, int] = (128, 128, 128)
    """Inlines, crosslines, samples of one cube."""
    seed: int = 1
    unfaulted: float = 0.12
    """Share of cubes without any fault (look-alikes only)."""
    faults: tuple[int, int] = (2, 14)
    """Number of faults of a faulted cube."""
    throw: Range = (1.5, 32.0)
    """Largest vertical offset of a fault, drawn evenly in its logarithm."""
    dip: Range = (48.0, 88.0)
    """Dip of normal and oblique faults."""
    sets: tuple[str, ...] = ("parallel", "conjugate", "crossing", "random", "polygonal", "thrust")
    """Families of fault sets, one drawn for each cube."""
    undulation: Range = (0.0, 5.0)
    fold_slope: Range = (0.02, 0.9)
    """Steepest dip of the folded beds, samples per trace, drawn evenly in its logarithm."""
    bed: Range = (1.0, 7.0)
    """Mean thickness of a bed, drawn evenly in its logarithm."""
    unconformity: float = 0.3
    channels: float = 0.4
    body: float = 0.1
    """Share of cubes with a salt-like body."""
    dim: float = 0.15
    """Share of cubes with a gas-like dim column."""
    peak: Range = (0.05, 0.24)
    """Peak frequency of the wavelet."""
    octaves: Range = (1.2, 2.6)
    """Bandwidth of the wavelet."""
    blur: Range = (0.3, 1.8)
    """Standard deviation of the lateral resolution."""
    migration_dip: Range = (45.0, 80.0)
    """Steepest dip that the imaging keeps, as the angle whose tangent is samples per trace."""
    signal_to_noise_db: Range = (-1.0, 20.0)
    dead_traces: float = 0.15
    """Share of cubes with dead or scaled traces."""

    def __post_init__(self) -> None:
        for name in ("faults", "throw", "dip", "fold_slope", "bed", "peak", "octaves", "blur"):
            low, high = getattr(self, name)
            if not 0 <= low <= high:
                raise OdfaultError(
                    f"recipe: {name} = {low}, {high} is no range", "give two numbers, low first"
                )
        if self.peak[1] > 0.4 or self.peak[0] < 0.01:
            raise OdfaultError(f"recipe: peak = {self.peak} leaves no band", "stay between 0.01 and 0.4")
        if min(self.shape) < 16 or len(self.shape) != 3:
            raise OdfaultError(f"recipe: shape = {self.shape}", "give three numbers of at least 16")
        unknown = set(self.sets) - {"parallel", "conjugate", "crossing", "random", "polygonal", "thrust"}
        if unknown or not self.sets:
            raise OdfaultError(
                f"recipe: unknown fault sets {sorted(unknown)}", "see Recipe.sets for the list"
            )


def read_recipe(name: str | Path) -> Recipe:
    """Read a recipe by the name of a shipped one or by the path of a TOML file.

    Raises
    ------
    OdfaultError
        If there is no such recipe, or it has words or numbers that make no sense.
    """
    return make_recipe(read_table(name, "odfault_synthetic"))


def read_table(name: str | Path, package: str) -> dict[str, Any]:
    """Read the TOML of a package's shipped recipe by its name, or of a file by its path; lists as tuples."""
    shipped = resources.files(package).joinpath("recipes", f"{name}.toml")
    path = Path(name)
    if not path.is_file() and not shipped.is_file():
        folder = resources.files(package).joinpath("recipes")
        known = ", ".join(sorted(p.name[:-5] for p in folder.iterdir() if p.name.endswith(".toml")))
        raise OdfaultError(f"no recipe {name}", f"give a TOML file or one of {known}")
    text = path.read_text("utf-8") if path.is_file() else shipped.read_text("utf-8")
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise OdfaultError(f"{name} is not TOML ({error})", "mend the line") from error
    return {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}


def make_recipe(table: dict[str, object]) -> Recipe:
    """Turn a table of values into a recipe, refusing names that no recipe has."""
    known = {field.name for field in dataclasses.fields(Recipe)}
    unknown = sorted(set(table) - known)
    if unknown:
        raise OdfaultError(
            f"recipe: unknown keys {', '.join(unknown)}", f"known are {', '.join(sorted(known))}"
        )
    values = {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}
    try:
        return Recipe(**values)  # type: ignore[arg-type]
    except (TypeError, ValueError) as error:
        raise OdfaultError(f"recipe: {error}", "compare with the shipped recipes") from error
