"""The five Atari games of the paper's Table 1, as a table.

Source: Abdolmaleki et al. (2018a), Table 1; the preprocessing is that of Mnih et al.
(2015), "Human-level control through deep reinforcement learning".
"""

import math

from mpo_repro.environments.interface import Spec

FRAMES, SIDE = 4, 84  # the last frames, in grey, each SIDE x SIDE
EPISODE_LENGTH = 27_000  # half an hour of play: 4 frames a step, 60 a second
# task: number of discrete actions, those that the game knows.
_CHOICES = {
    "atari-boxing": 18,
    "atari-breakout": 4,
    "atari-pong": 6,
    "atari-qbert": 6,
    "atari-tennis": 18,
}

TASKS = tuple(_CHOICES)


def spec(task: str) -> Spec:
    """Gives the sizes of a task.

    Raises:
      KeyError: if the task is none of `TASKS`.
    """
    image = FRAMES, SIDE, SIDE
    return Spec(task, math.prod(image), 1, EPISODE_LENGTH, _CHOICES[task], image)
