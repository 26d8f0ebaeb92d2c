"""The errata of the paper, and what decides each of them."""

from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from mpo_repro.config.errors import ConfigError
from mpo_repro.config.files import CHECKOUT, configs, read
from mpo_repro.config.validation import validate

FILE = "errata.yaml"
Line = Annotated[str, Field(min_length=1)]


class Erratum(BaseModel):
    """A place of the paper that is wrong, or that was thought to be.

    Attributes:
      id: E1 to E17.
      place: where it stands.
      printed, corrected: what stands there and what should.
      error: whether it is one; False for what only looks like an error.
      certificates: names of the checks that decide it; see `mpo-repro derive`.
      reason: why no check can decide it, or why it is no error.
      reported_by: who reported it before this project, and where.
      words: what else `mpo-repro derive` finds it by.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(pattern=r"^E[1-9][0-9]?$")]
    place: Line
    printed: Line
    corrected: Line
    error: bool = True
    certificates: tuple[Line, ...] = ()
    reason: Line | None = None
    reported_by: Line | None = None
    words: tuple[Annotated[str, Field(pattern=r"^[a-z0-9-]+$")], ...] = ()

    @model_validator(mode="after")
    def _is_decided_or_says_why_not(self) -> Self:
        if not self.certificates and not self.reason:
            raise ValueError(f"certificates or a reason for {self.id}")
        if not self.error and not self.reason:
            raise ValueError(f"a reason why {self.id} is no error")
        return self


class Errata(BaseModel):
    """The whole list, in the order of its ids."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    errata: tuple[Erratum, ...]


def load_errata(path: Path | None = None) -> tuple[Erratum, ...]:
    """Reads the list.

    Args:
      path: the file; paper_configs/errata.yaml if None.

    Raises:
      ConfigError: if it cannot be read, an entry is wrong, or an id comes twice.
    """
    path = path or locate_errata()
    found = validate(Errata, read(path), path).errata
    ids = [erratum.id for erratum in found]
    twice = {name for name in ids if ids.count(name) > 1}
    if twice:
        raise ConfigError(path, "errata", ", ".join(sorted(twice)), "each id once")
    return found


def locate_errata() -> Path:
    """Finds the list: that of the current directory, or else that of the checkout."""
    here = configs() / FILE
    return here if here.is_file() else CHECKOUT / "paper_configs" / FILE
