"""report.md: the same as the page, as text that a code forge or a terminal shows."""

from pathlib import Path

from mpo_repro.analysis.results import Results
from mpo_repro.config.whole import write_text
from mpo_repro.report import rendering
from mpo_repro.report.documentation.markdown import cell

FILE = "report.md"


def write(results: Results, values: dict) -> Path:
    """Writes a study's report as Markdown.

    Args:
      results: the study's results.
      values: of `contents.context`.

    Returns:
      The file's path.
    """
    path = results.folder / FILE
    write_text(path, render(values))
    return path


def render(values: dict) -> str:
    """Fills the template in; texts of studies and runs are escaped there, by `cell`."""
    environment = rendering.environment(escapes=False)
    environment.filters["cell"] = lambda value: cell(str(value))
    text = environment.get_template("report.md.j2").render(values)
    return text.rstrip() + "\n"
