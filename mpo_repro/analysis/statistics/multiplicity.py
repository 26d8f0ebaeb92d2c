"""Several tests of one family: the chance of any false verdict stays at alpha.

Where any of several tests would do, each is adjusted for the others, after Holm. A
claim that needs all of its tests is itself one member of the family, whatever their
number: it is falsely called replicated only if the test of a part that is false errs,
and that one has level alpha (intersection-union test; Berger (1982), Technometrics 24).
That some of its parts hold (`partly replicated`), or that one fails, are statements of
the first kind: where not all tests hold, each is adjusted for all others. A claim that
is alone in its family errs in at most alpha of cases with both kinds together, because
Hochberg's procedure rejects no less (for tests that are independent or, as those that
share a reference arm, rise together; Sarkar (1998), Annals of Statistics 26).
"""

from collections import defaultdict
from collections.abc import Hashable, Sequence

import numpy as np

from mpo_repro.analysis.statistics.evidence import Evidence
from mpo_repro.analysis.statistics.verdicts import Outcome, outcome_of


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

    Claims, their contraries and "less than needed" are three families of statements,
    each adjusted by itself. Intervals stay those of the single tests.

    Args:
      family: as many as there are tests in the family.

    Returns:
      The same evidence with adjusted p-values, in the same order.
    """
    names = ("p_claim", "p_contrary", "p_absent")
    columns = [holm_p_values([getattr(e, name) for e in family]) for name in names]
    return [
        evidence.with_p_values(*(float(p) for p in row))
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
      `joint_p_values` with these, all else as `holm` gives it.
    """
    found = holm(family)
    joint = joint_p_values([e.p_claim for e in family], together)
    whole = [
        evidence.with_p_values(float(p), evidence.p_contrary)
        for evidence, p in zip(found, joint, strict=True)
    ]
    for places in _groups(together):
        if all(outcome_of(whole[i]) is Outcome.REPLICATED for i in places):
            for i in places:
                found[i] = whole[i]
    return found


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
