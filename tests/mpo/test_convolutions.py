"""Convolutions by hand, against torch's layers, and the sizes of DQN's network."""

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from mpo_repro.mpo import convolutions, filters, networks
from mpo_repro.mpo.filters import DQN, Convolution, Convolutions
from mpo_repro.mpo.networks import CategoricalNetwork, CriticNetwork, Torso

TINY = Convolutions((2, 5, 4), (Convolution(3, 2, 1), Convolution(4, 2, 2)))
ACTIONS = 3


def network(kind, seen=TINY, hidden=(6,), actions=ACTIONS):
    return kind(40, actions, Torso(hidden, "relu", False, seen))


def vector_of(initial, of, seed=0):
    return initial(of, torch.Generator().manual_seed(seed))


def images(*leading, seed=0):
    generator = torch.Generator().manual_seed(seed)
    shape = *leading, *TINY.image
    return torch.randint(256, shape, dtype=torch.uint8, generator=generator)


def as_modules(named):
    """TINY, a hidden layer and outputs as torch's modules, with these parameters."""
    outputs = named["bias_1"].shape[0]
    modules = nn.Sequential(
        nn.Conv2d(2, 3, 2), nn.ReLU(), nn.Conv2d(3, 4, 2, 2), nn.ReLU(), nn.Flatten(),
        nn.Linear(8, 6), nn.ReLU(), nn.Linear(6, outputs),
    )  # fmt: skip
    weights = [named["kernel_0"], named["kernel_1"]]
    weights += [named["weight_0"].T, named["weight_1"].T]
    biases = [named[name] for name in ("offset_0", "offset_1", "bias_0", "bias_1")]
    layers = [module for module in modules if hasattr(module, "weight")]
    with torch.no_grad():
        for layer, weight, bias in zip(layers, weights, biases, strict=True):
            layer.weight.copy_(weight)
            layer.bias.copy_(bias)
    return modules


def test_a_convolution_by_hand():
    """Two frames of 2 x 3, one filter of 2 x 2: two places, the second cut off at 0."""
    one = Convolutions((2, 2, 3), (Convolution(1, 2, 1),))
    kernel = torch.tensor([[[[1.0, 2.0], [0.0, -1.0]], [[0.0, 0.0], [0.5, -3.0]]]])
    parameters = {"kernel_0": kernel, "offset_0": torch.tensor([0.5])}
    frames = torch.tensor([[[51, 102, 0], [0, 51, 204]], [[9, 9, 9], [255, 0, 102]]])
    # In 255ths: 51 + 204 - 51 + 127.5 = 331.5, and 102 + 0 - 204 + 0 - 306 < 0.
    known = torch.tensor([331.5 / 255 + 0.5, 0.0])
    found = convolutions.features(one, "relu", parameters, frames.to(torch.uint8))
    assert_close(found, known)


def test_the_dense_layer_of_dqn_sees_64_maps_of_7_by_7():
    assert filters.size(DQN) == 64 * 7 * 7
    assert filters.size(TINY) == 4 * 2 * 1


@pytest.mark.parametrize("actions", [4, 18])
def test_dqn_has_as_many_parameters_as_by_hand(actions):
    by_hand = 4 * 8 * 8 * 32 + 32  # the published network, layer by layer
    by_hand += 32 * 4 * 4 * 64 + 64
    by_hand += 64 * 3 * 3 * 64 + 64
    by_hand += 3136 * 512 + 512
    by_hand += 512 * actions + actions
    policy = network(CategoricalNetwork, DQN, (512,), actions)
    critic = network(CriticNetwork, DQN, (512,), actions)
    assert networks.size(networks.policy_layout(policy)) == by_hand
    assert networks.size(networks.critic_layout(critic)) == by_hand


def test_the_policy_is_torchs_layers_read_as_logits():
    of = network(CategoricalNetwork)
    vector = 3 * vector_of(networks.initial_policy, of)
    modules = as_modules(networks.unpack(vector, networks.policy_layout(of)))
    seen = images(5)
    known = modules(seen / 255).log_softmax(-1)
    assert_close(networks.policy(of, vector, seen).log_probs, known)
    several = networks.policy(of, vector, seen.view(5, 1, *TINY.image))
    assert_close(several.log_probs, known.unsqueeze(1))


def test_the_critic_gives_the_value_of_the_chosen_action():
    of = network(CriticNetwork)
    vector = vector_of(networks.initial_critic, of)
    modules = as_modules(networks.unpack(vector, networks.critic_layout(of)))
    seen = images(5)
    known = modules(seen / 255)  # [B, A]
    all_actions = torch.eye(ACTIONS).unsqueeze(1).expand(ACTIONS, 5, ACTIONS)
    assert_close(networks.critic(of, vector, seen, all_actions), known.T)
    chosen = torch.tensor([2, 0, 1, 1, 2])
    one_hot = nn.functional.one_hot(chosen, ACTIONS).float()
    found = networks.critic(of, vector, seen, one_hot)
    assert_close(found, known.gather(1, chosen.unsqueeze(1)).squeeze(1))


def test_initial_numbers_are_within_one_over_the_root_of_the_inputs():
    of = network(CriticNetwork, DQN, (512,), 18)
    vector = vector_of(networks.initial_critic, of)
    named = networks.unpack(vector, networks.critic_layout(of))
    inputs = {"kernel_0": 256, "offset_0": 256, "kernel_1": 512, "offset_1": 512}
    inputs |= {"kernel_2": 576, "offset_2": 576, "weight_0": 3136, "bias_0": 3136}
    inputs |= {"weight_1": 512, "bias_1": 512}
    assert inputs.keys() == named.keys()
    for name, count in inputs.items():
        bound = count**-0.5
        assert 0.7 * bound < named[name].abs().max() <= bound


def test_the_first_policy_is_nearly_uniform():
    of = network(CategoricalNetwork, DQN, (512,), 6)
    vector = vector_of(networks.initial_policy, of)
    seen = torch.randint(256, (8, 4, 84, 84), dtype=torch.uint8)
    found = networks.policy(of, vector, seen).log_probs.exp()
    assert_close(found, torch.full((8, 6), 1 / 6), atol=0.02, rtol=0)


def test_runs_side_by_side_are_the_runs_alone():
    of = network(CriticNetwork)
    vectors = torch.stack([vector_of(networks.initial_critic, of, s) for s in (1, 2)])
    seen, actions = images(2, 5), torch.eye(ACTIONS)[torch.tensor([0, 1, 2, 0, 1])]
    both = torch.vmap(lambda v, o: networks.critic(of, v, o, actions))(vectors, seen)
    alone = [
        networks.critic(of, v, o, actions) for v, o in zip(vectors, seen, strict=True)
    ]
    assert_close(both, torch.stack(alone))
