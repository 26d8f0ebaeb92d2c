"""What a verdict is about: recipes, tasks, budget, beside how far the source went."""

from collections.abc import Iterable, Sequence

from mpo_repro.analysis.judged import Tested
from mpo_repro.analysis.quantiles import bounds_of
from mpo_repro.config.claim import Claim

LISTED = 3  # tasks that are named; more are counted


def scope(claim: Claim, tests: Sequence[Tested]) -> str:
    """Returns "recipe default; walker-walk (1 of 18 tasks); 60K of 1M steps".

    Args:
      claim: may have an `extent`, how far its source went.
      tests: of the claim; those without runs do not count.

    Returns:
      The text; empty without any run.
    """
    made = [
        (test.part.measure.at or int(runs.steps[-1]), runs)
        for test in tests
        for runs in test.trial.runs
        if runs.scored
    ]
    if not made:
        return ""
    recipes = list(dict.fromkeys(runs.recipe for _, runs in made if runs.recipe))
    tasks = list(dict.fromkeys(runs.task for _, runs in made))
    extent = claim.extent
    texts = [_recipes(recipes)] if recipes else []
    texts.append(_tasks(tasks, extent.tasks if extent else None))
    texts.append(_steps([end for end, _ in made], extent.steps if extent else None))
    return "; ".join(texts)


def _recipes(names: list[str]) -> str:
    return f"recipe{'s' * (len(names) > 1)} {', '.join(names)}"


def _tasks(names: list[str], total: int | None) -> str:
    """Returns tasks by name or number; only those of the suite are of its total."""
    suite = [name for name in names if bounds_of(name)]
    of = f" of {total}" if total else ""
    count = f"{len(suite)}{of} task{'s' * ((total or len(suite)) > 1)}"
    if len(suite) > LISTED:
        texts = [count]
    else:
        note = f" ({count})" if of and suite else ""
        texts = [", ".join(suite) + note] if suite else []
    return ", ".join(texts + [name for name in names if name not in suite])


def _steps(ends: Iterable[int], total: int | None) -> str:
    low, high = min(ends := list(ends)), max(ends)
    text = short(low) if low == high else f"{short(low)} to {short(high)}"
    return f"{text}{f' of {short(total)}' if total else ''} steps"


def short(count: int) -> str:
    """Returns a number of steps as "60K" or "1.5M"."""
    if count >= 1_000_000:
        return f"{count / 1e6:g}M"
    return f"{count / 1e3:g}K" if count >= 1_000 else str(count)
