"""report.html: everything about a study in one file that needs no network."""

from pathlib import Path

from mpo_repro.analysis.results import Results
from mpo_repro.config.whole import write_text
from mpo_repro.report import contents, figures, manifest, rendering, text


def write(results: Results) -> Path:
    """Writes a study's page, report.md and manifest; draws figures that are outdated.

    Args:
      results: the study's results.

    Returns:
      The page's path. The same data and discussion give the same bytes.
    """
    if not figures.up_to_date(results):
        figures.draw(results)
    path = results.folder / contents.FILE
    values = contents.context(results)
    write_text(path, render(values))
    text.write(results, values)
    manifest.write(results)
    return path


def render(values: dict) -> str:
    """Fills the templates in; every value is escaped unless it is marked as HTML."""
    environment = rendering.environment(escapes=True)
    return environment.get_template("page.html.j2").render(values)
