"""Several tests of one family: the chance of any false verdict stays at alpha."""

from collections.abc import Sequence

import numpy as np

from mpo_repro.analysis.statistics.evidence import Evidence


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
