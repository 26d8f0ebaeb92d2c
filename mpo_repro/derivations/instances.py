"""Random instances for the checks of the E-step.

`mpo_repro.mpo.e_step` sees actions as samples of pi_i. A policy pi_i on K actions whose
probabilities are counts / N is therefore represented exactly by N samples, in which
action a stands counts_a times: the sums over samples are then the sums over pi_i.
"""

from typing import NamedTuple

import torch
from torch import Tensor

F64 = torch.float64


class Discrete(NamedTuple):
    """Exact E-steps at B states with K actions.

    Attributes:
      q_values: Q(s, a), shape [B, K].
      policy: pi_i(a|s) = counts / N, shape [B, K].
      actions: the action of each sample, int64, shape [N, B].
    """

    q_values: Tensor
    policy: Tensor
    actions: Tensor

    @property
    def samples(self) -> Tensor:
        """Q at the samples, shape [N, B]: what `e_step` takes."""
        return self.q_values.T.gather(0, self.actions)

    def collect(self, weights: Tensor) -> Tensor:
        """Adds up weights of samples [N, B] to probabilities of actions [B, K]."""
        total = torch.zeros_like(self.q_values.T)
        return total.scatter_add(0, self.actions, weights).T


def generator(seed: int) -> torch.Generator:
    """Returns a generator of its own for a check."""
    return torch.Generator().manual_seed(seed)


def normal(shape: tuple[int, ...], source: torch.Generator) -> Tensor:
    """Draws standard normal numbers in float64."""
    return torch.randn(shape, generator=source, dtype=F64)


def counts(states: int, actions: int, samples: int, source: torch.Generator) -> Tensor:
    """Draws positive integers [B, K] whose rows add up to `samples` >= K."""
    rows = []
    for _ in range(states):
        cuts = torch.randperm(samples - 1, generator=source)[: actions - 1] + 1
        edges = torch.cat([torch.tensor([0]), cuts.sort().values])
        rows.append(torch.diff(edges, append=torch.tensor([samples])))
    return torch.stack(rows)


def expand(counts: Tensor) -> Tensor:
    """Lists every action as often as it counts: [B, K] -> samples [N, B]."""
    numbers = torch.arange(counts.shape[1])
    return torch.stack([numbers.repeat_interleave(row) for row in counts], dim=1)


def discrete(
    states: int, actions: int, samples: int, scale: float, source: torch.Generator
) -> Discrete:
    """Draws a policy and values of standard deviation `scale` around state values.

    Args:
      states: B.
      actions: K.
      samples: N, the denominator of the policy's probabilities.
      scale: of the differences between actions, in units of return.
      source: the generator.
    """
    chosen = counts(states, actions, samples, source)
    state_values = 3 * scale * normal((states, 1), source)
    q_values = state_values + scale * normal((states, actions), source)
    return Discrete(q_values, chosen.to(F64) / samples, expand(chosen))


def relative(found: Tensor, expected: Tensor) -> float:
    """Returns the largest |found - expected| / max(1, |expected|)."""
    found, expected = torch.as_tensor(found), torch.as_tensor(expected)
    return ((found - expected).abs() / expected.abs().clamp(min=1)).max().item()
