"""Networks against torch's own layers, and what is fixed about their first outputs."""

import math

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from mpo_repro.mpo import networks
from mpo_repro.mpo.networks import (
    CategoricalNetwork,
    CriticNetwork,
    PolicyNetwork,
    Torso,
)

STATE, ACTION = 5, 3
ACTIVATIONS = {"elu": nn.ELU, "relu": nn.ReLU, "tanh": nn.Tanh}
TORSOS = [
    Torso((8, 6), "elu", True),
    Torso((8, 6, 4), "relu", False),
    Torso((8,), "tanh", True),
    Torso((), "elu", True),
    Torso((5, 5), "elu", True),  # the least and the most that published code has
    Torso((512, 512, 512), "relu", True),
]


def policy_network(torso, covariance="diagonal", mean="linear"):
    return PolicyNetwork(STATE, ACTION, torso, covariance, mean, 0.7, 1e-3)


def draw(initial, network, seed=0):
    return initial(network, torch.Generator().manual_seed(seed))


def as_modules(torso, inputs, outputs):
    """The same architecture of torch's modules."""
    widths, layers = (inputs, *torso.hidden), []
    for index, (width, following) in enumerate(zip(widths, widths[1:], strict=False)):
        layers.append(nn.Linear(width, following))
        normed = torso.layer_norm and index == 0
        after = [nn.LayerNorm(following), nn.Tanh()]
        layers += after if normed else [ACTIVATIONS[torso.activation]()]
    return nn.Sequential(*layers, nn.Linear(widths[-1], outputs)).double()


def load(modules, named):
    """Copies named parameters of a network into modules; first layer included."""
    named = dict(named)
    if "weight_action" in named:
        named["weight_0"] = torch.cat([named["weight_0"], named["weight_action"]])
    linear = [module for module in modules if isinstance(module, nn.Linear)]
    with torch.no_grad():
        for index, module in enumerate(linear):
            module.weight.copy_(named[f"weight_{index}"].T)
            module.bias.copy_(named[f"bias_{index}"])
        for module in modules:
            if isinstance(module, nn.LayerNorm):
                module.weight.copy_(named["norm_scale"])
                module.bias.copy_(named["norm_offset"])


def shaken(vector):
    """Parameters in which no layer is close to zero or to the identity; float64."""
    return vector + 0.3 * torch.randn(vector.shape, dtype=torch.float64)


@pytest.mark.parametrize("torso", TORSOS)
def test_critic_is_torchs_layers_on_state_and_action(torso):
    network = CriticNetwork(STATE, ACTION, torso)
    layout = networks.critic_layout(network)
    vector = shaken(draw(networks.initial_critic, network))
    modules = as_modules(torso, STATE + ACTION, 1)
    load(modules, networks.unpack(vector, layout))
    assert networks.size(layout) == sum(p.numel() for p in modules.parameters())
    states, actions = torch.randn(4, STATE).double(), torch.randn(6, 4, ACTION).double()
    repeated = states.expand(6, 4, STATE)
    known = modules(torch.cat([repeated, actions], -1)).squeeze(-1)
    assert_close(networks.critic(network, vector, states, actions), known)
    assert_close(networks.critic(network, vector, states, actions[2]), known[2])


@pytest.mark.parametrize("mean", ["linear", "tanh"])
@pytest.mark.parametrize("covariance", ["diagonal", "full"])
@pytest.mark.parametrize("torso", TORSOS)
def test_policy_is_torchs_layers_read_as_a_gaussian(torso, covariance, mean):
    network = policy_network(torso, covariance, mean)
    vector = shaken(draw(networks.initial_policy, network))
    outputs = 2 * ACTION if covariance == "diagonal" else ACTION * (ACTION + 3) // 2
    modules = as_modules(torso, STATE, outputs)
    load(modules, networks.unpack(vector, networks.policy_layout(network)))
    states = torch.randn(4, STATE).double()
    known = modules(states)
    policy = networks.policy(network, vector, states)
    centre = known[:, :ACTION]
    assert_close(policy.mean, centre.tanh() if mean == "tanh" else centre)
    scale = 0.7 / math.log(2)
    diagonal = nn.functional.softplus(known[:, ACTION : 2 * ACTION]) * scale + 1e-3
    if covariance == "diagonal":
        assert_close(policy.stddev, diagonal)
        return
    factor = policy.cholesky
    assert_close(factor.diagonal(dim1=-2, dim2=-1), diagonal)
    assert_close(factor, factor.tril())
    rows, columns = torch.tril_indices(ACTION, ACTION, -1)
    assert_close(factor[:, rows, columns], known[:, 2 * ACTION :])


@pytest.mark.parametrize("covariance", ["diagonal", "full"])
def test_the_first_policy_hardly_looks_at_the_state(covariance):
    network = policy_network(TORSOS[0], covariance)
    vector = draw(networks.initial_policy, network)
    policy = networks.policy(network, vector, 100 * torch.randn(50, STATE))
    assert policy.mean.abs().max() < 0.05
    assert_close(
        policy.marginal_stddev(), torch.full((50, ACTION), 0.7), rtol=0.05, atol=0
    )


def test_initial_numbers_are_within_one_over_the_root_of_the_inputs():
    network = CriticNetwork(STATE, ACTION, Torso((400, 300), "elu", True))
    named = networks.unpack(
        draw(networks.initial_critic, network), networks.critic_layout(network)
    )
    for name, inputs in (
        ("weight_0", STATE + ACTION),
        ("weight_action", STATE + ACTION),
        ("bias_0", STATE + ACTION),
        ("weight_1", 400),
        ("weight_2", 300),
    ):
        bound = 1 / math.sqrt(inputs)
        assert 0.8 * bound < named[name].abs().max() <= bound
    assert_close(named["norm_scale"], torch.ones(400))
    assert_close(named["norm_offset"], torch.zeros(400))


def test_a_seed_gives_one_vector_and_another_seed_another():
    network = policy_network(TORSOS[0])
    first, again, other = (draw(networks.initial_policy, network, s) for s in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_unpack_gives_views():
    network = policy_network(TORSOS[0])
    vector = draw(networks.initial_policy, network)
    networks.unpack(vector, networks.policy_layout(network))["bias_2"].fill_(7.0)
    assert int((vector == 7).sum()) == 2 * ACTION


@pytest.mark.parametrize("torso", TORSOS)
def test_categorical_policy_is_torchs_layers_read_as_logits(torso):
    network = CategoricalNetwork(STATE, ACTION, torso)
    vector = shaken(draw(networks.initial_policy, network))
    modules = as_modules(torso, STATE, ACTION)
    load(modules, networks.unpack(vector, networks.policy_layout(network)))
    states = torch.randn(4, STATE).double()
    known = torch.distributions.Categorical(logits=modules(states)).logits
    assert_close(networks.policy(network, vector, states).log_probs, known)


def test_the_first_categorical_policy_is_nearly_uniform():
    network = CategoricalNetwork(STATE, ACTION, TORSOS[0])
    vector = draw(networks.initial_policy, network)
    found = networks.policy(network, vector, 100 * torch.randn(50, STATE)).log_probs
    known = torch.full((50, ACTION), 1 / ACTION)
    assert_close(found.exp(), known, atol=0.02, rtol=0)


@pytest.mark.parametrize("size", [1, 2, 4])
def test_entries_below_the_diagonal_come_row_by_row(size):
    torso = Torso((), "elu", False)
    network = PolicyNetwork(STATE, size, torso, "full", "linear", 0.7, 1e-3)
    layout = networks.policy_layout(network)
    vector = torch.zeros(networks.size(layout))
    bias = networks.unpack(vector, layout)["bias_0"]
    bias.copy_(torch.arange(1.0, len(bias) + 1))
    factor = networks.policy(network, vector, torch.zeros(STATE)).cholesky
    below = [factor[row, column] for row in range(size) for column in range(row)]
    assert [float(entry) for entry in below] == bias[2 * size :].tolist()
