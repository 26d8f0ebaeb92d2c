"""Networks as pure functions of one flat parameter vector.

A network is a `Layout` (names and shapes in order) and a function that reads its
parameters from a vector: Adam, target copies, checkpoints and cohorts need no more.

P1 gives widths only (Tables 2 and 3). The first layer may be followed by layer norm
and tanh, as in Acme's agents. Where observations are images, convolutions come before
it, and the critic has a value for each discrete action, as DQN's network.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from mpo_repro.mpo import activations, convolutions, filters
from mpo_repro.mpo.distributions import (
    Categorical,
    DiagonalGaussian,
    FullGaussian,
    Gaussian,
)
from mpo_repro.mpo.filters import Convolutions

HEAD_SCALE = 0.01  # of the policy's last layer: the first policy ignores the state
SOFTPLUS_OF_0 = math.log(2)


class Torso(NamedTuple):
    """Hidden layers: widths, activation, and layer norm + tanh after the first.

    Convolutions, if any, come before them and make features of images.
    """

    hidden: tuple[int, ...]
    activation: str
    layer_norm: bool
    convolutions: Convolutions | None = None


class PolicyNetwork(NamedTuple):
    """Everything that fixes the policy's architecture."""

    observation_size: int
    action_size: int
    torso: Torso
    covariance: str  # "full" or "diagonal"
    mean: str  # "linear" or "tanh"
    initial_stddev: float
    minimum_stddev: float


class CategoricalNetwork(NamedTuple):
    """Architecture of a policy over `action_size` discrete actions."""

    observation_size: int
    action_size: int
    torso: Torso


class CriticNetwork(NamedTuple):
    """Everything that fixes the critic's architecture."""

    observation_size: int
    action_size: int
    torso: Torso


Layout = dict[str, tuple[int, ...]]


def policy_layout(network: PolicyNetwork | CategoricalNetwork) -> Layout:
    """Returns the names and shapes of the policy's parameters."""
    outputs = size = network.action_size
    if isinstance(network, PolicyNetwork):
        full = network.covariance == "full"
        outputs = size * (size + 3) // 2 if full else 2 * size
    return _layout(network.observation_size, network.torso, outputs)


def critic_layout(network: CriticNetwork) -> Layout:
    """Returns the names and shapes of the critic's parameters."""
    if network.torso.convolutions is not None:
        return _layout(network.observation_size, network.torso, network.action_size)
    layout = _layout(network.observation_size, network.torso, 1)
    width = layout["bias_0"][0]
    return {"weight_action": (network.action_size, width)} | layout


def _layout(observation_size: int, torso: Torso, outputs: int) -> Layout:
    layout: Layout = {}
    inputs = observation_size
    if torso.convolutions is not None:
        layout = filters.layout(torso.convolutions)
        inputs = filters.size(torso.convolutions)
    widths = (inputs, *torso.hidden, outputs)
    for index, (rows, columns) in enumerate(zip(widths, widths[1:], strict=False)):
        layout[f"weight_{index}"] = (rows, columns)
        layout[f"bias_{index}"] = (columns,)
    if torso.layer_norm and torso.hidden:
        layout["norm_scale"] = layout["norm_offset"] = (torso.hidden[0],)
    return layout


def size(layout: Layout) -> int:
    """Returns how many numbers a layout holds."""
    return sum(map(math.prod, layout.values()))


def unpack(vector: Tensor, layout: Layout) -> dict[str, Tensor]:
    """Views a flat vector as named parameters."""
    parts = vector.split([math.prod(shape) for shape in layout.values()])
    named = zip(layout.items(), parts, strict=True)
    return {name: part.view(shape) for (name, shape), part in named}


def initial_policy(
    network: PolicyNetwork | CategoricalNetwork, generator: torch.Generator
) -> Tensor:
    """Draws the policy's parameter vector; its head is scaled by HEAD_SCALE."""
    layout = policy_layout(network)
    vector = _initial(layout, generator)
    parameters = unpack(vector, layout)
    parameters[f"weight_{len(network.torso.hidden)}"].mul_(HEAD_SCALE)
    parameters[f"bias_{len(network.torso.hidden)}"].zero_()
    return vector


def initial_critic(network: CriticNetwork, generator: torch.Generator) -> Tensor:
    """Draws the critic's parameter vector."""
    return _initial(critic_layout(network), generator)


def _initial(layout: Layout, generator: torch.Generator) -> Tensor:
    """Weights and biases uniform in +-1/sqrt(fan-in); layer norm starts as identity."""
    vector = torch.empty(size(layout))
    for name, part in unpack(vector, layout).items():
        kind, _, index = name.partition("_")
        if kind == "norm":
            part.fill_(1.0 if index == "scale" else 0.0)
            continue
        fan_in = _fan_in(layout, kind, index)
        bound = 1 / math.sqrt(fan_in)
        part.uniform_(-bound, bound, generator=generator)
    return vector


def _fan_in(layout: Layout, kind: str, index: str) -> int:
    """Returns how many numbers enter a unit of a layer."""
    if kind in ("kernel", "offset"):
        return math.prod(layout[f"kernel_{index}"][1:])
    if index in ("0", "action"):  # state and action enter the first layer together
        return layout["weight_0"][0] + layout.get("weight_action", (0,))[0]
    return layout[f"weight_{index}"][0]


def policy(
    network: PolicyNetwork | CategoricalNetwork, vector: Tensor, observations: Tensor
) -> Gaussian | Categorical:
    """Evaluates pi(.|s) at observations [..., O], or images [..., F, H, W]."""
    parameters = unpack(vector, policy_layout(network))
    first = first_layer(parameters, network.torso, observations)
    outputs = _after_first(parameters, network.torso, first)
    if isinstance(network, CategoricalNetwork):
        return Categorical(outputs.log_softmax(-1))
    return _gaussian(network, outputs)


def _gaussian(network: PolicyNetwork, outputs: Tensor) -> Gaussian:
    """Source: P1, Appendix D (softplus on the Cholesky factor's diagonal)."""
    count = network.action_size
    mean, diagonal, rest = outputs.split(
        [count, count, outputs.shape[-1] - 2 * count], dim=-1
    )
    if network.mean == "tanh":
        mean = torch.tanh(mean)
    scale = network.initial_stddev / SOFTPLUS_OF_0
    diagonal = functional.softplus(diagonal) * scale + network.minimum_stddev
    if network.covariance == "diagonal":
        return DiagonalGaussian(mean, diagonal)
    return FullGaussian(mean, _lower_triangular(diagonal, rest))


def _lower_triangular(diagonal: Tensor, rest: Tensor) -> Tensor:
    """Builds L [..., A, A] from its diagonal [..., A] and the entries below it."""
    count = diagonal.shape[-1]
    index = torch.zeros(count, count, dtype=torch.long, device=diagonal.device)
    rows, columns = torch.tril_indices(count, count, -1, device=diagonal.device)
    index[rows, columns] = torch.arange(len(rows), device=diagonal.device) + count
    index.diagonal().copy_(torch.arange(count, device=diagonal.device))
    entries = torch.cat([diagonal, rest], dim=-1)
    return entries[..., index.view(-1)].unflatten(-1, (count, count)).tril()


def critic(
    network: CriticNetwork, vector: Tensor, observations: Tensor, actions: Tensor
) -> Tensor:
    """Evaluates Q(s, a), in units of return.

    The state's half of the first layer is computed once per state, however many
    actions are asked for; with convolutions so is everything.

    Args:
      network: the architecture.
      vector: the critic's parameters.
      observations: states, shape [B, O], or images [B, F, H, W].
      actions: executed actions, shape [B, A] or [N, B, A]; with convolutions they are
        discrete, unit vectors.

    Returns:
      Q of shape [B] or [N, B].
    """
    parameters = unpack(vector, critic_layout(network))
    state_half = first_layer(parameters, network.torso, observations)
    if network.torso.convolutions is not None:
        return (_after_first(parameters, network.torso, state_half) * actions).sum(-1)
    first = torch.matmul(actions, parameters["weight_action"]) + state_half
    return _after_first(parameters, network.torso, first).squeeze(-1)


def first_layer(
    parameters: dict[str, Tensor], torso: Torso, observations: Tensor
) -> Tensor:
    """Applies the first affine map, to the observations or to their features."""
    if torso.convolutions is not None:
        observations = convolutions.features(
            torso.convolutions, torso.activation, parameters, observations
        )
    return _affine(observations, parameters["weight_0"], parameters["bias_0"])


def _affine(inputs: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Returns x W + b for inputs [..., I], weight [I, K], bias [K]: [..., K]."""
    return functional.linear(inputs, weight.mT, bias)


def _after_first(parameters: dict[str, Tensor], torso: Torso, hidden: Tensor) -> Tensor:
    """Applies everything that follows the first affine map."""
    for index in range(1, len(torso.hidden) + 1):
        if index == 1 and torso.layer_norm:
            scale, offset = parameters["norm_scale"], parameters["norm_offset"]
            hidden = functional.layer_norm(hidden, scale.shape, scale, offset)
            hidden = activations.tanh(hidden)
        else:
            hidden = activations.BY_NAME[torso.activation](hidden)
        weight, bias = parameters[f"weight_{index}"], parameters[f"bias_{index}"]
        hidden = _affine(hidden, weight, bias)
    return hidden
