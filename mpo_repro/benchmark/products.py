"""The matrix products of one update: what no implementation can leave out.

Letters: S sequences of T transitions, B = S (T + 1) states, M sampled actions, O and A
elements of an observation and of an action. With a categorical policy every action is
evaluated: M = A, their number; where states are images, by one pass over them. Products
with fewer than a thousandth of an update's
operations (Cholesky factors, A x A) are not listed.
"""

import math
from typing import NamedTuple

from mpo_repro.benchmark.sizes import sequences
from mpo_repro.config import Recipe
from mpo_repro.mpo import filters


class Product(NamedTuple):
    """A matrix product [rows, inner] x [inner, columns]."""

    name: str
    rows: int
    inner: int
    columns: int

    @property
    def operations(self) -> int:
        """Additions and multiplications."""
        return 2 * self.rows * self.inner * self.columns


def of_update(recipe: Recipe, observations: int, actions: int) -> list[Product]:
    """Lists the products of one update.

    Args:
      recipe: the settings.
      observations: O.
      actions: A; with a categorical policy, the number of actions.
    """
    count, length = sequences(recipe)
    states, taken = count * (length + 1), count * length
    sampled = getattr(recipe.improvement, "samples", actions) * states
    policy = _policy(recipe, observations, actions, states)
    critic = _critic(recipe, observations, actions, taken, taken)
    target = _critic(recipe, observations, actions, states, sampled)
    corrected = recipe.policy_evaluation.method == "retrace"
    critics = [
        *_forward("target critic, sampled actions", target),
        # Only Retrace asks for the target's value of the action taken.
        *(_forward("target critic, actions taken", critic) if corrected else []),
        *_forward("critic", critic),
        *_backward("critic", critic),
    ]
    steps = getattr(recipe.improvement, "m_step_updates", 1)
    return [
        *_forward("target policy", policy),
        *[*_forward("policy", policy), *_backward("policy", policy)] * steps,
        *critics * recipe.critic.count,
    ]


def operations(recipe: Recipe, observations: int, actions: int) -> int:
    """Counts the additions and multiplications of an update's products."""
    return sum(p.operations for p in of_update(recipe, observations, actions))


def convolving(recipe: Recipe) -> int:
    """Counts those of the policy's convolutions for one state; 0 without images."""
    layers = _states(getattr(recipe.policy, "torso", "mlp"), 1, 0, (1,))
    seen = [part for part in layers if part.name.startswith("convolution")]
    return sum(p.operations for p in _forward("policy", seen))


class _Layer(NamedTuple):
    """An affine map of a number of rows; no gradient is asked for a network's input."""

    name: str
    rows: int
    inputs: int
    outputs: int
    first: bool


def _policy(recipe: Recipe, observations: int, actions: int, rows: int):
    outputs = {
        "full": actions * (actions + 3) // 2,
        "diagonal": 2 * actions,
        None: actions,  # categorical
    }
    covariance = getattr(recipe.policy, "covariance", None)
    widths = (*recipe.policy.hidden, outputs[covariance])
    torso = getattr(recipe.policy, "torso", "mlp")
    return [*_states(torso, rows, observations, widths), *_after_first(widths, rows)]


def _critic(recipe: Recipe, observations: int, actions: int, states: int, rows: int):
    torso = recipe.critic.torso
    if torso != "mlp":  # an output for each action
        widths = (*recipe.critic.hidden, actions)
        first = _states(torso, states, observations, widths)
        return [*first, *_after_first(widths, states)]
    widths = (*recipe.critic.hidden, 1)
    return [
        *_states(torso, states, observations, widths),
        _Layer("actions", rows, actions, widths[0], True),
        *_after_first(widths, rows),
    ]


def _states(torso: str, rows: int, observations: int, widths: tuple[int, ...]):
    """From observations to the first hidden layer."""
    convolutions = filters.BY_NAME[torso]
    if convolutions is None:
        return [_Layer("states", rows, observations, widths[0], True)]
    kernels = [s for n, s in filters.layout(convolutions).items() if "kernel" in n]
    layers = []
    for number, (kernel, image) in enumerate(
        zip(kernels, filters.images(convolutions), strict=True), start=1
    ):
        places = rows * math.prod(image[1:])
        count, *window = kernel
        name = f"convolution {number}"
        layers.append(_Layer(name, places, math.prod(window), count, number == 1))
    features = filters.size(convolutions)
    return [*layers, _Layer("states", rows, features, widths[0], False)]


def _after_first(widths: tuple[int, ...], rows: int) -> list[_Layer]:
    pairs = zip(widths, widths[1:], strict=False)
    return [
        _Layer(f"layer {number}", rows, *pair, False)
        for number, pair in enumerate(pairs, start=2)
    ]


def _forward(name: str, layers: list[_Layer]) -> list[Product]:
    return [
        Product(f"{name}: {layer.name}", layer.rows, layer.inputs, layer.outputs)
        for layer in layers
    ]


def _backward(name: str, layers: list[_Layer]) -> list[Product]:
    products = []
    for part, rows, inputs, outputs, first in layers:
        weights = f"{name}: {part}, gradient of weights"
        products.append(Product(weights, inputs, rows, outputs))
        if not first:
            hidden = f"{name}: {part}, gradient of inputs"
            products.append(Product(hidden, rows, outputs, inputs))
    return products
