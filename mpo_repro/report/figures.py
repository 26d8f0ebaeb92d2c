"""Draws a study's figures, and knows whether those that are there are current."""

import hashlib
import json
from pathlib import Path

from mpo_repro.analysis.results import Results
from mpo_repro.config.whole import write_text
from mpo_repro.report import derivations, style
from mpo_repro.report.plans import Plan, plan

INDEX = "index.json"


def draw(results: Results, only: list[str] | None = None) -> list[Path]:
    """Draws figures and writes figures/index.json, which ties them to the data.

    Args:
      results: the study's results; figures go to <folder>/figures.
      only: names of the figures to draw; all if None or empty. The index is
        renewed only when all are drawn.

    Returns:
      The stems (paths without ending) that were drawn.

    Raises:
      ValueError: if a name in `only` is no figure of this study.
    """
    plans = plan(results)
    unknown = sorted(set(only or ()) - {p.name for p in plans})
    if unknown:
        names = ", ".join(p.name for p in plans)
        raise ValueError(f"no figure {', '.join(unknown)}; there are: {names}")
    chosen = [p for p in plans if not only or p.name in only]
    folder = results.folder / "figures"
    drawn = []
    for figure in chosen:
        with style.look():
            style.save(figure.draw(), folder / figure.name)
        drawn.append(folder / figure.name)
    if not only:
        _tidy(folder, {p.name for p in plans})
        _write_index(results, plans)
    return drawn


def up_to_date(results: Results) -> bool:
    """Says whether all figures are there and were drawn from the present data."""
    folder = results.folder / "figures"
    try:
        index = json.loads((folder / INDEX).read_text("utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return False
    files = [folder / f"{name}.{end}" for name in index["figures"] for end in _ENDINGS]
    expected = [p.name for p in plan(results)]
    return (
        index.get("data") == data_digests(results.folder)
        and index["figures"] == expected
        and all(file.is_file() for file in files)
    )


def data_digests(folder: Path) -> dict[str, str]:
    """Computes the SHA-256 of each file of data/ that figures are drawn from."""
    files = sorted(path for path in (folder / "data").iterdir() if path.is_file())
    files = [path for path in files if path.name not in derivations.FILES]
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


_ENDINGS = ("svg", "png")


def _write_index(results: Results, plans: list[Plan]) -> None:
    folder = results.folder / "figures"
    folder.mkdir(parents=True, exist_ok=True)
    index = {
        "data": data_digests(results.folder),
        "figures": [p.name for p in plans],
    }
    write_text(folder / INDEX, json.dumps(index, indent=1) + "\n")


def _tidy(folder: Path, names: set[str]) -> None:
    """Removes figures of an earlier drawing that the study no longer has."""
    for path in folder.glob("*.*") if folder.is_dir() else ():
        if path.suffix[1:] in _ENDINGS and path.stem not in names:
            path.unlink()
