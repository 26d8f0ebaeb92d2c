"""Whether a claim fits what it names: studies, arms, tasks, tests, settings."""

from mpo_repro.analysis import flaws, published
from mpo_repro.analysis.claim_data import FAILURES
from mpo_repro.analysis.statistics import registry
from mpo_repro.analysis.trials import shape
from mpo_repro.config import Study, files, load_study
from mpo_repro.config.budget import SEPARATOR
from mpo_repro.config.claim import Claim, Part
from mpo_repro.config.claim_part import PUBLISHED
from mpo_repro.config.errors import ConfigError, nearest

# How a part becomes tests -> the scores that these take.
_SCORES = {
    "failures": FAILURES,
    "published": ("final",),
}
_PLAIN = ("final", "area", "steadiness")


def check(claim: Claim) -> dict[str, Study]:
    """Refuses a claim that names what is not there, or asks a test for what it lacks.

    Args:
      claim: as read.

    Returns:
      The studies that it names.

    Raises:
      ConfigError: naming the key that is wrong.
    """
    place, studies = f"claim {claim.id}", {}
    for index, part in enumerate(claim.parts):
        key = f"parts.{index}"
        studies[part.study] = study = load_study(part.study)
        _check_test(part, place, key)
        _check_arms(part, study, place, key)
        _check_end(part, study, place, key)
        _check_looks(part, study, place, f"{key}.test.looks")
        for task in part.tasks or ():
            if task not in study.tasks:
                raise ConfigError(
                    place, f"{key}.tasks", task, nearest(task, study.tasks)
                )
    if isinstance(claim.rule, int) and claim.rule > (most := _tests(claim, studies)):
        raise ConfigError(place, "rule", claim.rule, f"1 to {most}, its tests")
    flaws.refuse(claim, flaws.of_design(claim, studies))
    return studies


def _tests(claim: Claim, studies: dict[str, Study]) -> int:
    """Counts the tests of a claim with one part."""
    part = claim.parts[0]
    kind, arms = shape(part), len(part.treatments)
    if kind in ("each", "published"):
        return arms * len(tasks_of(part, studies[part.study]))
    return arms * (len(tasks_of(part, studies[part.study])) if part.per_task else 1)


def tasks_of(part: Part, study: Study) -> tuple[str, ...]:
    """Lists the tasks of a part in a study's size."""
    return part.tasks or study.tasks


def matches(part: Part, name: str) -> bool:
    """Says whether results are of the part's study.

    Args:
      part: of a claim.
      name: the results' study; `NAME-BUDGET` for another size, which is as good unless
        the part names a size itself.
    """
    if SEPARATOR in part.study:
        return name == part.study.replace(SEPARATOR, "-")
    sizes = files.read(files.locate(part.study, "studies")).get("budgets", {})
    return name in {part.study, *(f"{part.study}-{size}" for size in sizes)}


def _check_test(part: Part, place: str, key: str) -> None:
    try:
        kind = shape(part)
    except ValueError:
        hint = nearest(part.test.name, registry.TESTS)
        raise ConfigError(place, f"{key}.test.name", part.test.name, hint) from None
    name, taken = part.test.name, registry.setting_names(part.test.name)
    score = part.measure.score
    scores = _SCORES.get(kind, _PLAIN)
    if kind == "each":
        scores = ("steps_to",) if name == "faster" else _PLAIN
    if score not in scores:
        hint = f"one of {', '.join(scores)} with {name}"
        raise ConfigError(place, f"{key}.measure.score", score, hint)
    for setting in ("margin", "share", "aggregate"):
        given = getattr(part.test, setting)
        if given is not None and setting not in taken:
            hint = f"nothing: {name} has none"
            raise ConfigError(place, f"{key}.test.{setting}", given, hint)
    if part.per_task and kind != "failures":
        hint = f"nothing: {name} is not one test of all tasks"
        raise ConfigError(place, f"{key}.per_task", True, hint)
    if "margin" in taken and part.test.margin is None:
        hint = "a value: it is fixed before the runs"
        raise ConfigError(place, f"{key}.test.margin", None, hint)
    if kind == "cells" and len(part.tasks or ()) != 2:
        hint = f"two tasks with {name}"
        raise ConfigError(place, f"{key}.tasks", part.tasks, hint)


def _check_end(part: Part, study: Study, place: str, key: str) -> None:
    """Refuses a measure at a step at which no run is evaluated."""
    end, every = part.measure.at, study.evaluation.interval
    if end is None:
        return
    last = min(study.budget(task) for task in tasks_of(part, study))
    if end % every or end > last:
        hint = f"a multiple of {every:,} up to {last:,}, where {study.name} evaluates"
        raise ConfigError(place, f"{key}.measure.at", end, hint)


def _check_looks(part: Part, study: Study, place: str, key: str) -> None:
    """Refuses looks that the test does not make or the study has no seeds for."""
    if not (looks := part.test.looks):
        return
    given = list(looks)
    if shape(part) != "published":
        hint = f"nothing: {part.test.name} is made once, with all runs"
        raise ConfigError(place, key, given, hint)
    seeds = min(len(study.seeds_of(arm)) for arm in part.treatments)
    if looks[-1] > seeds:
        hint = f"numbers up to {seeds}, the seeds of {study.name}"
        raise ConfigError(place, key, given, hint)


def _check_published(part: Part, study: Study, place: str, key: str) -> None:
    """Refuses a comparison with published runs that there are none for."""
    if shape(part) != "each" or part.measure.score != "final":
        hint = "a test of one task and the score final, with published runs"
        raise ConfigError(place, f"{key}.test.name", part.test.name, hint)
    for task in tasks_of(part, study):
        if not len(published.scores(task, part.measure.at or study.budget(task))):
            hint = "tasks and steps that were published"
            raise ConfigError(place, f"{key}.tasks", task, hint)


def _check_arms(part: Part, study: Study, place: str, key: str) -> None:
    names = [("treatments", arm) for arm in part.treatments]
    if part.reference == PUBLISHED:
        _check_published(part, study, place, key)
    elif part.reference:
        names.append(("reference", part.reference))
    for field, arm in names:
        if arm not in study.arms:
            raise ConfigError(place, f"{key}.{field}", arm, nearest(arm, study.arms))
        lacking = set(part.tasks or ()) - set(study.tasks_of(arm))
        if lacking & set(study.tasks):
            given = f"{arm}, which does not learn {', '.join(sorted(lacking))}"
            raise ConfigError(place, f"{key}.{field}", given, "an arm that does")
    alone = shape(part) in ("failures", "published")
    if alone and part.reference:
        hint = f"nothing: {part.test.name} compares with none"
        raise ConfigError(place, f"{key}.reference", part.reference, hint)
    if not alone and not part.reference:
        raise ConfigError(place, f"{key}.reference", None, "an arm to compare with")
