"""report.html: everything about a study in one file that needs no network."""

import base64
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

import mpo_repro
from mpo_repro.analysis import published
from mpo_repro.analysis.results import Results, load, parts
from mpo_repro.report import (
    derivations,
    discussion,
    figures,
    films,
    interactive,
    manifest,
    power,
    provenance,
    speed,
    verdicts,
)
from mpo_repro.report.score_table import score_table
from mpo_repro.report.settings_table import deviations, settings_table

FILE = "report.html"
# The page's sections: templates/<name>.html.j2, heading. Results come first, being what
# readers come for; from the method on in the order of the ML Reproducibility
# Challenge: setup, deviations, hyper-parameters, computing, what was easy and hard.
SECTIONS = (
    ("verdicts", "Verdicts"),
    ("claims", "Claim by claim"),
    ("parts", "Parts"),
    ("power", "How far verdicts can be trusted"),
    ("missing", "What is missing"),
    ("scores", "Scores"),
    ("figures", "Figures"),
    ("films", "Films of the best runs"),
    ("derivations", "The paper's derivations, checked"),
    ("runs", "Method: what was run"),
    ("deviations", "Deviations from the paper"),
    ("settings", "Settings of each arm"),
    ("time", "Computing used"),
    ("speed", "How fast this implementation is"),
    ("machines", "Machines and versions"),
    ("discussion", "Discussion"),
    ("reproduce", "How to reproduce it"),
)


def write(results: Results) -> Path:
    """Writes a study's page and its manifest; draws figures that are out of date.

    Args:
      results: the study's results.

    Returns:
      The page's path. The same data and discussion give the same bytes.
    """
    if not figures.up_to_date(results):
        figures.draw(results)
    path = results.folder / FILE
    part = path.with_suffix(".part")
    part.write_text(render(context(results)), encoding="utf-8")
    part.replace(path)
    verdicts.write_markdown(results)
    manifest.write(results)
    return path


def render(values: dict) -> str:
    """Fills the templates in; every value is escaped unless it is marked as HTML."""
    environment = Environment(
        loader=PackageLoader("mpo_repro.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html.j2").render(values)


def context(results: Results) -> dict:
    """Gathers what the templates show.

    Args:
      results: the study's results, with figures drawn.

    Returns:
      Names used in templates -> values; see templates/.
    """
    place = manifest.place(results)
    filmed = films.section(results, place) if results.tasks else []
    deviating = deviations(results)
    text = discussion.read(results.folder)
    settings = settings_table(results)
    checked = derivations.section(results)
    drawn = [_figure(results, plan) for plan in figures.plan(results)]
    by_name = {figure["name"]: figure for figure in drawn}
    judged = verdicts.section(results, by_name)
    trusted = power.section(power.rules(results), by_name)
    apart = tuple(name for name in by_name if name.startswith(verdicts.FIGURE))
    apart += (power.NAME,)
    shown = {"discussion": text is not None, "missing": len(results.unusable) > 0}
    shown |= dict.fromkeys(("scores", "figures", "time"), bool(results.tasks))
    shown |= dict.fromkeys(("verdicts", "claims"), judged is not None)
    shown |= {"films": bool(filmed), "deviations": deviating is not None}
    shown["parts"] = bool(parts(results.folder))
    fast = speed.read(results.folder / "data" / speed.FILE)
    shown["speed"] = fast is not None
    shown |= {"machines": bool(results.tasks), "derivations": checked is not None}
    shown["power"] = trusted is not None
    return {
        "study": results.study,
        "sections": [item for item in SECTIONS if shown.get(item[0], True)],
        "version": mpo_repro.__version__,
        "place": place,
        "films": filmed,
        "deviations": deviating,
        "discussion": text,
        "derivations": checked,
        "counts": provenance.count_runs(results),
        "scopes": provenance.scopes(results),
        "example": _example(results.study),
        "finished": len(results.runs) - len(results.unusable),
        "planned": len(results.runs),
        "unusable": results.unusable.to_dict("records"),
        "labels": results.labels,
        "scores": score_table(results),
        "citation": published.CITATION,
        "verdicts": judged,
        "figures": [figure for figure in drawn if figure["name"] not in apart],
        "parts": [_part(path, results.folder) for path in parts(results.folder)],
        "power": trusted,
        "times": provenance.time_table(results),
        "speed": fast
        and {"machine": speed.machine(fast), "tables": speed.tables(fast)},
        "settings": settings,
        "varying": [setting for setting in settings if any(setting.differs)],
        **{name: provenance.tally(results, name) for name in _TALLIES},
        "machines": provenance.machines(results),
        "versions": provenance.versions(results),
        "policy": interactive.policy(),
        "stylesheet": interactive.stylesheet(),
        "scripts": interactive.scripts(),
    }


_TALLIES = ("commit", "python", "backend", "execution_path")


def _example(study: dict) -> dict[str, object]:
    """Names the first run that the study plans: arm, task, seed."""
    name, arm = next(iter(study["arms"].items()))
    chosen = {key: arm.get(key) or study[key] for key in ("tasks", "seeds")}
    return {"arm": name, "task": chosen["tasks"][0], "seed": chosen["seeds"][0]}


def _part(folder: Path, whole: Path) -> dict[str, object]:
    """Says of a part what the page of the whole study shows."""
    found = load(folder)
    planned = len(found.runs)
    return {
        "name": folder.name,
        "title": found.study["title"],
        "finished": planned - len(found.unusable),
        "planned": planned,
        "page": (folder / FILE).relative_to(whole).as_posix(),
    }


def _figure(results: Results, plan: figures.Plan) -> dict:
    """Makes what the page shows of a figure, its SVG as a data URI."""
    name = f"figures/{plan.name}.svg"
    raw = (results.folder / name).read_bytes()
    return {
        "name": plan.name,
        "title": plan.title,
        "caption": plan.caption,
        "alt": plan.alt,
        "command": manifest.command(results, name),
        "folded": plan.name.startswith("diagnostics-") and len(results.tasks) > 1,
        "data": plan.data,
        "chart": plan.chart() if plan.chart else None,
        "uri": "data:image/svg+xml;base64," + base64.b64encode(raw).decode(),
    }
