"""Observations by their running mean and standard deviation.

The statistics are part of a run's state, so that acting, learning and evaluation see
the same numbers; replay keeps observations as they came.
"""

import torch
from torch import Tensor

MEAN, SQUARES, COUNT = "observation_mean", "observation_squares", "observation_count"
LARGEST = 10.0  # standard deviations; a dimension that hardly varied yet may jump
SMALLEST = 1e-2  # standard deviation; below, a dimension is taken for constant


def initial(runs: int, observation_size: int) -> dict[str, Tensor]:
    """Returns statistics of nothing seen: mean [R, O], squares [R, O], count [R, 1]."""
    zeros = torch.zeros(runs, observation_size)
    return {MEAN: zeros, SQUARES: zeros.clone(), COUNT: torch.zeros(runs, 1)}


def note(state: dict[str, Tensor], observations: Tensor) -> None:
    """Adds observations [R, E, O] to the statistics, if the state has any.

    Source: Chan et al., Updating formulae for computing sample variances, 1979.
    """
    if COUNT not in state:
        return
    added = observations.shape[1]
    total = state[COUNT] + added
    mean = observations.mean(1)
    squares = (observations - mean.unsqueeze(1)).square().sum(1)
    moved = mean - state[MEAN]
    state[SQUARES] = (
        state[SQUARES] + squares + moved.square() * state[COUNT] * added / total
    )
    state[MEAN] = state[MEAN] + moved * added / total
    state[COUNT] = total


def normalise(state: dict[str, Tensor], observations: Tensor) -> Tensor:
    """Returns one run's observations [..., O] in standard deviations from their mean.

    Unchanged if the state of the run has no statistics.
    """
    if COUNT not in state:
        return observations
    variance = state[SQUARES] / state[COUNT].clamp(min=1)
    stddev = variance.sqrt().clamp(min=SMALLEST)
    return ((observations - state[MEAN]) / stddev).clamp(-LARGEST, LARGEST)
