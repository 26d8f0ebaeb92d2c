"""Where the recipes of a study are not as the paper's, and what the paper says there.

The paper's own settings are those of the recipe `paper` as it is shipped, so that each
study can be held against them, whatever its arms.
"""

import itertools

from mpo_repro.analysis.results import Results
from mpo_repro.analysis.run_folder import FINISHED
from mpo_repro.config import load_recipe
from mpo_repro.config.former import without_former
from mpo_repro.report.documentation import settings
from mpo_repro.report.settings_table import Setting, flatten, side_by_side

LABEL = "the paper's recipe"
STATED, OPEN, ABSENT = "states it", "leaves it open", "does not have it"


def section(results: Results) -> dict | None:
    """Compares every arm that is MPO with the paper's recipe.

    Args:
      results: the study's results.

    Returns:
      labels (the paper's recipe first), rows (settings in which any arm differs, each
      with what the paper does: STATED and where, OPEN or ABSENT), as_paper and others
      (labels of arms that differ in nothing, and of those that are no MPO), seeds
      (the fewest and the most finished runs of an arm on a task); None if no arm is
      MPO.
    """
    arms = results.study["arms"].values()
    others = [arm["label"] for arm in arms if "algorithm" in arm["resolved"]]
    own = [arm for arm in arms if "algorithm" not in arm["resolved"]]
    if not own:
        return None
    table = _table([without_former(arm["resolved"]) for arm in own])
    rows = [row for row in table if any(row.differs)]
    same = [
        arm["label"]
        for place, arm in enumerate(own, start=1)
        if not any(row.differs[place] for row in rows)
    ]
    said = _said()
    return {
        "labels": [LABEL, *(arm["label"] for arm in own)],
        "rows": [(row, *said.get(row.key, (ABSENT, ""))) for row in rows],
        "as_paper": same,
        "others": others,
        "seeds": _seeds(results),
    }


def _table(resolved: list[dict]) -> list[Setting]:
    """Lays the arms' settings beside the paper's; those that no arm has do not count.

    Results may be older than a setting that was added since, with a value that changes
    nothing, or as old as one that was removed.
    """
    paper = dict(flatten(load_recipe(settings.FILE).model_dump(mode="json")))
    arms = [dict(flatten(arm)) for arm in resolved]
    known = set().union(*arms)
    return side_by_side([{k: v for k, v in paper.items() if k in known}, *arms])


def _said() -> dict[str, tuple[str, str]]:
    """Says for each setting of the paper's recipes what the paper does, and where."""
    found = {}
    both = settings.settings(settings.PARAMETRIC), settings.settings()
    for setting in itertools.chain(*both):
        if setting.source.startswith(settings.STATED):
            found[setting.key] = (STATED, setting.source)
        elif setting.source.startswith(settings.OPEN):
            found[setting.key] = (OPEN, "")
        else:
            found[setting.key] = (ABSENT, "")
    return found


def _seeds(results: Results) -> tuple[int, int]:
    runs = results.runs
    counts = (runs["state"] == FINISHED).groupby([runs["arm"], runs["task"]]).sum()
    return int(counts.min()), int(counts.max())
