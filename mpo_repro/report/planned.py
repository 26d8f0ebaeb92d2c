"""A figure that a study has: what it is called, says and shows, and how it is made."""

from collections.abc import Callable
from dataclasses import dataclass

from matplotlib.figure import Figure


@dataclass(frozen=True)
class Plan:
    """A figure that a study has.

    Attributes:
      name: its file name without ending.
      title, caption: what the page says of it.
      alt: what it shows, in a sentence, for those who do not see it.
      draw: makes it.
      chart: makes the same for pointing at; see `interactive`. None: a picture only.
      data: the files of data/ that it shows.
    """

    name: str
    title: str
    caption: str
    alt: str
    draw: Callable[[], Figure]
    chart: Callable[[], dict] | None = None
    data: tuple[str, ...] = ("curves.parquet",)
