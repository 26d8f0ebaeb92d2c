"""The discussion of a study: written by hand in Markdown, with numbers from its data.

In the text `{{ claims.C1.outcome }}` stands for what verdicts.json says of that claim,
`{{ scores["q-form"]["walker-walk"].pg.mean }}` for what an arm has scored, so that no
sentence is older than its data.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment
from markdown_it import MarkdownIt
from markupsafe import Markup

from mpo_repro.analysis.quantiles import bounds_of, mean_interval
from mpo_repro.analysis.results import Results
from mpo_repro.report import costs, designs

FILE = "discussion.md"


def render(text: str) -> Markup:
    """Turns Markdown into HTML that can stand in the page.

    Args:
      text: CommonMark with tables. HTML in it is shown as text, links with scripts
        are refused, and images are left as text: the page loads nothing.

    Returns:
      The HTML, its headings two levels below the page's own title.
    """
    parser = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    tokens = parser.parse(text)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + 2)}"
    html = parser.renderer.render(tokens, parser.options, {})
    box = '<div class="scroll" tabindex="0"><table>'
    html = html.replace("<table>", box).replace("</table>", "</table></div>")
    return Markup(html)


def final_scores(results: Iterable[Results]) -> dict[str, dict]:
    """Summarises what finished runs score at their end, with sampled actions.

    Returns:
      study -> task -> arm -> label, what `mean_interval` says over its seeds, scores
      (of each seed), mean_action (the mean of what the policy's mean action scores),
      updates (of the run that took most) and learner (what `_learner` says of it);
      tasks and arms in the study's order.
    """
    return {one.study["name"]: _of_study(one) for one in results if one.tasks}


def _of_study(results: Results) -> dict[str, dict]:
    sampled, mean = (
        results.final_scores(kind).groupby(["task", "arm"])["score"]
        for kind in ("sampled", "mean")
    )
    updates = results.timing.groupby(["task", "arm"])["learner_updates"].max()
    found: dict[str, dict] = {task: {} for task in results.tasks}
    for task in results.tasks:
        for arm in results.arms_on(task):
            if (task, arm) not in sampled.groups:
                continue
            scores = sampled.get_group((task, arm)).to_numpy()
            found[task][arm] = {
                "label": results.labels[arm],
                "scores": [float(score) for score in scores],
                "mean_action": float(mean.mean().get((task, arm), np.nan)),
                "updates": int(updates.get((task, arm), 0)),
                "learner": _learner(results, task, arm),
            } | mean_interval(scores, bounds=bounds_of(task))
    return found


def _learner(results: Results, task: str, arm: str) -> dict[str, dict]:
    """Says what an arm's diagnostics are at their first and at their last step.

    Returns:
      name -> first and last (medians over seeds), runs and highest (the last and the
      highest of each seed).
    """
    table = results.diagnostics
    of_arm = table[(table["task"] == task) & (table["arm"] == arm)]
    found = {}
    for name, rows in of_arm.groupby("name", observed=True):
        values = rows.sort_values("environment_steps").groupby("seed")["value"]
        found[name] = {
            "first": float(values.first().median()),
            "last": float(values.last().median()),
            "runs": values.last().tolist(),
            "highest": values.max().tolist(),
        }
    return found


def differences(results: Iterable[Results]) -> dict[str, dict]:
    """Says how final scores differ from those of what each arm is compared with.

    Returns:
      study -> task -> a list, the least effect first: arm and reference (their labels),
      effect, low, high and p, as `costs.effects` has them.
    """
    return {one.study["name"]: _changes_of(one) for one in results if one.tasks}


def _changes_of(results: Results) -> dict[str, list[dict]]:
    changes, labels = designs.single_changes(results), results.labels
    table = costs.effects(results, changes, "sampled").sort_values("effect")
    found: dict[str, list[dict]] = {task: [] for task in results.tasks}
    for row in table.to_dict("records"):
        change = changes[row.pop("place")]
        names = {"arm": labels[change.arm], "reference": labels[change.reference]}
        found[row.pop("task")].append(names | row)
    return found


def read(folder: Path, values: Mapping[str, object]) -> str:
    """Reads <folder>/discussion.md and fills its numbers in.

    Args:
      folder: results/<study> or reports/<study>.
      values: what the text can use, besides Jinja's statements: claims, by id what the
        page shows of each that was judged (see `verdicts.section`), scores, what
        `final_scores` gives, differences, what `differences` gives, and published, what
        `published_runs.beside` gives.

    Returns:
      Markdown.

    Raises:
      FileNotFoundError: if the study has no discussion.
      ValueError: naming the file, if the text asks for what is not there.
    """
    path = folder / FILE
    sandbox = SandboxedEnvironment(
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    try:
        template = sandbox.from_string(path.read_text("utf-8"))
        return template.render(values).rstrip() + "\n"
    except (TemplateError, TypeError, ArithmeticError) as error:
        raise ValueError(f"{path} cannot be filled in: {error}") from error


def demoted(text: str) -> str:
    """Moves headings of Markdown a level down, to stand under one of the report's."""
    return re.sub(r"^(?=#+ )", "#", text, flags=re.MULTILINE)
