"""What a page shows: its sections in order, and the values that fill them in."""

import base64
from pathlib import Path

import mpo_repro
from mpo_repro.analysis import published
from mpo_repro.analysis.results import Results, load, parts
from mpo_repro.report import (
    derivations,
    deviations,
    discussion,
    figures,
    films,
    interactive,
    manifest,
    power,
    provenance,
    published_runs,
    speed,
    verdicts,
    whole,
)
from mpo_repro.report.score_table import score_table
from mpo_repro.report.settings_table import settings_table

FILE = "report.html"
# The page's sections: templates/<name>.html.j2, heading, and the value of `context`
# without which a section is left out. Results come first, being what readers come for;
# from the method on in the order of the ML Reproducibility Challenge: setup,
# deviations, hyper-parameters, computing, what was easy and hard.
SECTIONS = (
    ("verdicts", "Verdicts", "verdicts"),
    ("claims", "Claim by claim", "verdicts"),
    ("parts", "Parts", "parts"),
    ("power", "How far verdicts can be trusted", "power"),
    ("missing", "What is missing", "unusable"),
    ("scores", "Scores", "scores"),
    ("whole", "The suite as a whole", "whole"),
    ("figures", "Figures", "figures"),
    ("films", "Films of the best runs", "films"),
    ("derivations", "The paper's derivations, checked", "derivations"),
    ("runs", "Method: what was run", "study"),
    ("deviations", "Deviations from the paper", "deviations"),
    ("settings", "Settings of each arm", "settings"),
    ("time", "Computing used", "times"),
    ("speed", "How fast this implementation is", "speed"),
    ("machines", "Machines and versions", "machines"),
    ("discussion", "Discussion", "discussion"),
    ("reproduce", "How to reproduce it", "study"),
)
_TALLIES = ("commit", "python", "backend", "execution_path")


def context(results: Results) -> dict:
    """Gathers what the templates show.

    Args:
      results: the study's results, with figures drawn.

    Returns:
      Names used in templates -> values; see templates/.
    """
    place = manifest.place(results)
    found = _study(results) | _outcomes(results, place) | _method(results)
    found |= _discussion(results, found["verdicts"])
    shown = [(name, text) for name, text, needed in _ordered(found) if found[needed]]
    return found | {
        "sections": shown,
        "place": place,
        "version": mpo_repro.__version__,
        "policy": interactive.policy(),
        "stylesheet": interactive.stylesheet(),
        "scripts": interactive.scripts(),
    }


def _ordered(found: dict) -> list[tuple[str, str, str]]:
    """Puts verdicts behind the figures where no run of the study decides any."""
    if found["verdicts"] is None or found["verdicts"]["by_runs"]:
        return list(SECTIONS)
    moved = [row for row in SECTIONS if row[2] == "verdicts"]
    rest = [row for row in SECTIONS if row not in moved]
    place = [name for name, *_ in rest].index("derivations")
    return [*rest[:place], *moved, *rest[place:]]


def _study(results: Results) -> dict:
    """What was planned, and how much of it there is."""
    return {
        "study": results.study,
        "labels": results.labels,
        "finished": len(results.runs) - len(results.unusable),
        "planned": len(results.runs),
        "unusable": provenance.missing(results),
        "lost": len(results.unusable),
        "diverged": int(results.diverged.sum()),
        "parts": [_part(path, results.folder) for path in parts(results.folder)],
    }


def _outcomes(results: Results, place: str) -> dict:
    """What came out: verdicts, scores, figures, certificates."""
    drawn = {p.name: _figure(results, p) for p in figures.plan(results)}
    return {
        "verdicts": verdicts.section(results, drawn),
        "power": power.section(power.rules(results), drawn),
        "scores": score_table(results) if results.tasks else None,
        "whole": whole.section(results, drawn),
        "citation": published.CITATION,
        "pictures": [*drawn.values()],
        "figures": [f for name, f in drawn.items() if not _stands_apart(name)],
        "films": films.section(results, place) if results.tasks else [],
        "derivations": derivations.section(results),
    }


def _stands_apart(name: str) -> bool:
    """Says whether a figure is shown in a section of its own, not among the others."""
    return name == power.NAME or name.startswith((verdicts.FIGURE, whole.NAME))


def _method(results: Results) -> dict:
    """How it was done, on what, and what is said of it."""
    settings = settings_table(results)
    measured = bool(results.tasks)
    return {
        "counts": provenance.count_runs(results),
        "scopes": provenance.scopes(results),
        "deviations": deviations.section(results),
        "settings": settings,
        "varying": [setting for setting in settings if any(setting.differs)],
        "times": provenance.time_table(results) if measured else [],
        "speed": speed.section(results.folder / "data" / speed.FILE),
        "machines": provenance.machines(results) if measured else [],
        "versions": provenance.versions(results),
        "cautions": provenance.cautions(results),
        **{name: provenance.tally(results, name) for name in _TALLIES},
        "example": _example(results.study),
    }


def _discussion(results: Results, judged: dict | None) -> dict:
    """What is said of it, as HTML and as Markdown."""
    if not (results.folder / discussion.FILE).is_file():
        return {"discussion": None}
    claims = {claim["id"]: claim for claim in judged["judged"]} if judged else {}
    studies = results, *map(load, parts(results.folder))
    values = {
        "claims": claims,
        "scores": discussion.final_scores(studies),
        "differences": discussion.differences(studies),
        "published": published_runs.beside(studies),
    }
    text = discussion.read(results.folder, values)
    shown = discussion.render(text)
    return {"discussion": shown, "discussion_text": discussion.demoted(text)}


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
