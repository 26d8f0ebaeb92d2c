"""Rewards that EnvPool 1.2.5 computes otherwise than dm_control, put right.

ball_in_cup-catch: the reward asks whether the ball lies wholly inside the target box,
so that its radius is taken off the box. EnvPool looks the radius up with the index of
the ball's body where that of its geometry is needed, and so takes the thickness of the
cup's wall (0.008 m, not 0.025 m): it pays for a ball that still sticks out. Since all
of the state is observed, the reward can be computed from the observation.

Source: dm_control `suite/ball_in_cup.py` (`in_target`) and `suite/ball_in_cup.xml`.
"""

import numpy as np

_TARGET_HEIGHT = 0.6 - 0.05  # of the box's centre when the cup is at rest, in m
_BALL_HEIGHT = 0.2  # of the ball's centre where its joints read zero, in m
_HALF_WIDTH = 0.05  # of the box, in m
_BALL_RADIUS = 0.025  # in m


def ball_in_cup_catch(observation) -> np.ndarray:
    """Rewards 1 where the whole ball is in the target box, 0 elsewhere.

    Args:
      observation: EnvPool's observation; `position` is [E, 4]: x and z of the cup,
        x and z of the ball, in m.

    Returns:
      rewards, float32, shape [E].
    """
    cup, ball = observation.position[:, :2], observation.position[:, 2:]
    target = cup + (0.0, _TARGET_HEIGHT)
    distance = np.abs(target - (ball + (0.0, _BALL_HEIGHT)))  # [E, 2]
    inside = distance < _HALF_WIDTH - _BALL_RADIUS
    return inside.all(axis=1).astype(np.float32)


CORRECTED = {"ball_in_cup-catch": ball_in_cup_catch}
