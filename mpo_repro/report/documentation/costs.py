"""What each defect costs, by the published runs of the study `implementations`."""

from collections.abc import Iterator
from pathlib import Path

from mpo_repro.analysis.results import PARTS, Results, load
from mpo_repro.config import Study, load_study
from mpo_repro.config.files import CHECKOUT
from mpo_repro.report.documentation.markdown import cell, code, table

STUDY = "implementations"
FOLDER = CHECKOUT / "reports" / "laptop" / PARTS / STUDY
STUDIES = CHECKOUT / "paper_configs" / "studies"
PLAIN, PUBLISHED = "default", "-as-published"
NOT_YET = "not measured yet"


def table_of_costs(folder: Path = FOLDER) -> str:
    """Writes a row for each arm with a defect: its final return beside that without.

    Args:
      folder: of the published study, whose tasks and steps count; without data there,
        nothing is measured yet.
    """
    study = load_study(STUDIES / f"{STUDY}.yaml")
    tasks, medians = dict.fromkeys(study.tasks, study.steps), {}
    if (folder / "data").is_dir():
        results = load(folder)
        tasks = {task: results.budget(task) for task in results.tasks}
        medians = _medians(results)
    columns = (f"{code(task)}, {steps:,} steps" for task, steps in tasks.items())
    rows = (
        (
            code(defect),
            code(plain),
            *(_beside(medians, task, defect, plain) for task in tasks),
        )
        for defect, plain in pairs(study)
    )
    return table(("With the defect", "Without", *columns), rows)


def pairs(study: Study) -> Iterator[tuple[str, str]]:
    """Finds the arms that have a defect, each with the arm that differs in it alone.

    What was published stands beside the same recipe put right, `NAME-as-published`
    beside `NAME`; a defect that an arm switches on stands beside the recipe `default`,
    and so does what was published if the study has no such recipe put right.
    """
    for name, arm in study.arms.items():
        if name.endswith(PUBLISHED):
            base = name.removesuffix(PUBLISHED)
            yield name, base if base in study.arms else PLAIN
        elif arm.set and arm.recipe == PLAIN:
            yield name, PLAIN


def _medians(results: Results) -> dict[tuple[str, str], tuple[float, int]]:
    """Maps task and arm to the median final return, and over how many seeds."""
    groups = results.final_scores("sampled").groupby(["task", "arm"])["score"]
    found = groups.agg(["median", "size"])
    return {key: (row["median"], int(row["size"])) for key, row in found.iterrows()}


def _beside(medians: dict, task: str, defect: str, plain: str) -> str:
    found = [medians.get((task, arm)) for arm in (defect, plain)]
    if None in found:
        return NOT_YET
    (with_it, seeds), (without, others) = found
    return cell(f"{with_it:.0f} beside {without:.0f} ({seeds} and {others} seeds)")
