"""An environment that is never stepped: what a rival needs to know its sizes."""

import gymnasium
import numpy as np


class Idle(gymnasium.Env):
    """Observations [O] without bounds, actions [A] in [-1, 1]."""

    def __init__(self, observations: int, actions: int):
        self.observation_space = gymnasium.spaces.Box(-np.inf, np.inf, (observations,))
        self.action_space = gymnasium.spaces.Box(-1, 1, (actions,))


def transitions(observations: int, actions: int, count: int):
    """Draws transitions: state, action, reward, next state; float32."""
    random = np.random.default_rng(0)
    for _ in range(count):
        state, following = random.standard_normal((2, observations), np.float32)
        action = random.uniform(-1, 1, actions).astype(np.float32)
        yield state, action, float(random.random()), following
