"""Several tests of one family: the chance of any false verdict stays at alpha.

Where any of several tests would do, each is adjusted for the others, after Holm. A
claim that needs all of its tests is itself one member of the family, whatever their
number: it is falsely called supported only if the test of a part that is false errs,
and that one has level alpha (intersection-union test; Berger (1982), Technometrics 24).
That some of its parts hold (`partly supported`), or that one fails, are statements of
the first kind: where not all tests hold, each is adjusted for all others. A claim that
is alone in its family errs in at most alpha of cases with both kinds together, because
Hochberg's procedure rejects no less (for tests that are independent or, as those that
share a reference arm, rise together; Sarkar (1998), Annals of Statistics 26).
"""

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import replace

import numpy as np

from mpo_repro.analysis.statistics.evidence import P_VALUES, Evidence
from mpo_repro.analysis.statistics.outcomes import Outcome
from mpo_repro.analysis.statistics.verdicts import outcome_of

# Outcome -> the statement that was shown.
_SHOWN = {
    Outcome.SUPPORTED: "p_claim",
    Outcome.CONTRADICTED: "p_contrary",
    Outcome.DIRECTION: "p_direction",
    Outcome.NOT_SUPPORTED: "p_absent",
}
_ROUNDING = 1e-9


def holm_p_values(p_values: Sequence[float]) -> np.ndarray:
    """Adjusts p-values after Holm (1979).

    Args:
      p_values: NaN where a test could not be made; it stays NaN and does not count as
        a member of the family.

    Returns:
      Adjusted p-values, to be compared with alpha as they are.
    """
    p = np.asarray(p_values, np.float64)
    adjusted = np.full(len(p), np.nan)
    order = np.argsort(p)[: np.count_nonzero(~np.isnan(p))]  # NaN is last
    # The smallest counts as often as there are tests, the next once less, ...
    steps = p[order] * np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(1, np.maximum.accumulate(steps))
    return adjusted


def holm(family: Sequence[Evidence]) -> list[Evidence]:
    """Adjusts the evidence of a family of claims.

    Claims, their contraries, directions and "less than needed" are four families of
    statements, each adjusted by itself. Intervals stay those of the single tests.

    Args:
      family: as many as there are tests in the family.

    Returns:
      The same evidence with adjusted p-values, in the same order.
    """
    columns = [holm_p_values([getattr(e, name) for e in family]) for name in P_VALUES]
    return [
        replace(evidence, **dict(zip(P_VALUES, map(float, row), strict=True)))
        for evidence, *row in zip(family, *columns, strict=True)
    ]


def adjust(family: Sequence[Evidence], together: Sequence[Hashable]) -> list[Evidence]:
    """Adjusts the evidence of a family of which some claims need all of their tests.

    Args:
      family: of every test.
      together: for each, which claim needs it and all others of that name; None for a
        test that counts for itself.

    Returns:
      The evidence in the same order: of a claim of which all tests hold by
      `joint_p_values` with these, all else as `holm` gives it; with the intervals that
      decide, see `_with_interval`.
    """
    found = holm(family)
    joint = joint_p_values([e.p_claim for e in family], together)
    whole = [
        replace(evidence, p_claim=float(p))
        for evidence, p in zip(found, joint, strict=True)
    ]
    for places in _groups(together):
        if all(outcome_of(whole[i]) is Outcome.SUPPORTED for i in places):
            for i in places:
                found[i] = whole[i]
    most = max((_left(found, name) for name in P_VALUES), default=1)
    pairs = zip(family, found, strict=True)
    return [_with_interval(raw, adjusted, most) for raw, adjusted in pairs]


def _left(found: Sequence[Evidence], name: str) -> int:
    """Counts the statements of a kind that were not shown, at least 1."""
    open_ = [e for e in found if getattr(e, name) > e.alpha]
    return max(1, len(open_))


def _with_interval(raw: Evidence, adjusted: Evidence, most: int) -> Evidence:
    """Adds the interval that shows what the adjusted p-values decide, and no more.

    Holm's procedure shows exactly what intervals show whose error rate is divided by
    the number of statements that it leaves open. They are divided by that of the kind
    of statement of which most are open, or, where that would hide what was shown, by
    as much as does not.

    Source: Guilbaud (2008), Biometrical Journal 50.
    """
    if raw.interval is None or not np.isfinite(raw.effect):
        return adjusted
    shown = getattr(raw, _SHOWN.get(outcome_of(adjusted), ""), np.nan)
    if shown > 0:
        most = max(1, min(most, int(raw.alpha / shown + _ROUNDING)))
    joint = raw.interval(1 - (1 - raw.confidence) / most)
    return replace(adjusted, joint=joint, members=most)


def joint_p_values(
    p_values: Sequence[float], together: Sequence[Hashable]
) -> np.ndarray:
    """Adjusts p-values where a claim that needs several tests is one member.

    Args:
      p_values: NaN where a test could not be made.
      together: see `adjust`.

    Returns:
      For a test of such a claim the adjusted p-value that it has as its claim's member,
      so that all of them are at most alpha exactly if the greatest is; NaN for a test
      that counts for itself.
    """
    p = np.asarray(p_values, np.float64)
    groups = _groups(together)
    single = [x for x, name in zip(p, together, strict=True) if name is None]
    joint = np.full(len(p), np.nan)
    for own in groups:
        others = [p[places].max() for places in groups if places is not own]
        for i in own:
            joint[i] = holm_p_values([p[i], *others, *single])[0]
    return joint


def _groups(together: Sequence[Hashable]) -> list[list[int]]:
    """Lists the places of each name but None."""
    groups = defaultdict(list)
    for place, name in enumerate(together):
        if name is not None:
            groups[name].append(place)
    return list(groups.values())
