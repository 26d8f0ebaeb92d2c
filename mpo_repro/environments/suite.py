"""The 28 tasks of the DeepMind Control Suite's benchmarking set, as a table.

The table is written down so that sizes are known without importing or compiling a
simulator; the tests hold it against dm_control, task by task. The order of the keys
is that of dm_control's `observation_spec`: it decides the flat observation.

Source: Tassa et al. (2018), "DeepMind Control Suite"; dm_control
`suite.BENCHMARKING`.
"""

import functools

from mpo_repro.environments.interface import Spec

# Every task of the set: its time limit over its control time step.
EPISODE_LENGTH = 1000

_ACROBOT = {"orientations": 4, "velocity": 2}
_CARTPOLE = {"position": 3, "velocity": 2}
_FINGER_SPIN = {"position": 4, "velocity": 3, "touch": 2}
_FINGER_TURN = _FINGER_SPIN | {"target_position": 2, "dist_to_target": 1}
_HOPPER = {"position": 6, "velocity": 7, "touch": 2}
_HUMANOID = {
    "joint_angles": 21,
    "head_height": 1,
    "extremities": 12,
    "torso_vertical": 3,
    "com_velocity": 3,
    "velocity": 27,
}
_MANIPULATOR = {
    "arm_pos": 16,
    "arm_vel": 8,
    "touch": 5,
    "hand_pos": 4,
    "object_pos": 4,
    "object_vel": 3,
    "target_pos": 4,
}
_POINT_MASS = {"position": 2, "velocity": 2}
_REACHER = {"position": 2, "to_target": 2, "velocity": 2}
_WALKER = {"orientations": 14, "height": 1, "velocity": 9}

# task: (A, {observation key: its number of elements, a scalar being one}).
_LAYOUTS = {
    "acrobot-swingup": (1, _ACROBOT),
    "acrobot-swingup_sparse": (1, _ACROBOT),
    "ball_in_cup-catch": (2, {"position": 4, "velocity": 4}),
    "cartpole-balance": (1, _CARTPOLE),
    "cartpole-balance_sparse": (1, _CARTPOLE),
    "cartpole-swingup": (1, _CARTPOLE),
    "cartpole-swingup_sparse": (1, _CARTPOLE),
    "cheetah-run": (6, {"position": 8, "velocity": 9}),
    "finger-spin": (2, _FINGER_SPIN),
    "finger-turn_easy": (2, _FINGER_TURN),
    "finger-turn_hard": (2, _FINGER_TURN),
    "fish-upright": (5, {"joint_angles": 7, "upright": 1, "velocity": 13}),
    "fish-swim": (5, {"joint_angles": 7, "upright": 1, "target": 3, "velocity": 13}),
    "hopper-stand": (4, _HOPPER),
    "hopper-hop": (4, _HOPPER),
    "humanoid-stand": (21, _HUMANOID),
    "humanoid-walk": (21, _HUMANOID),
    "humanoid-run": (21, _HUMANOID),
    "manipulator-bring_ball": (5, _MANIPULATOR),
    "pendulum-swingup": (1, {"orientation": 2, "velocity": 1}),
    "point_mass-easy": (2, _POINT_MASS),
    "reacher-easy": (2, _REACHER),
    "reacher-hard": (2, _REACHER),
    "swimmer-swimmer6": (5, {"joints": 5, "to_target": 2, "body_velocities": 18}),
    "swimmer-swimmer15": (14, {"joints": 14, "to_target": 2, "body_velocities": 45}),
    "walker-stand": (6, _WALKER),
    "walker-walk": (6, _WALKER),
    "walker-run": (6, _WALKER),
}

TASKS = tuple(_LAYOUTS)
# The others' physics is not that of published results: see `dm_control_suite`.
IN_ENVPOOL = tuple(task for task in TASKS if not task.startswith("finger-"))


def observation_layout(task: str) -> dict[str, int]:
    """Gives the observation keys of a task, in order, with their elements.

    Raises:
      KeyError: if the task is none of the suite's.
    """
    return dict(_LAYOUTS[task][1])


@functools.cache
def spec(task: str) -> Spec:
    """Gives the sizes of a task.

    Args:
      task: a name of `TASKS`, e.g. "cartpole-swingup".

    Raises:
      KeyError: if the task is none of the suite's.
    """
    action_size, observation = _LAYOUTS[task]
    return Spec(task, sum(observation.values()), action_size, EPISODE_LENGTH)


def split(task: str) -> tuple[str, str]:
    """Splits a task's name into dm_control's domain and task.

    Raises:
      KeyError: if the task is none of the suite's.
    """
    if task not in _LAYOUTS:
        raise KeyError(task)
    domain, name = task.split("-")
    return domain, name
