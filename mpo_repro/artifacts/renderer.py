"""Which OpenGL draws MuJoCo's scenes here, without a display.

MuJoCo takes it from the variable MUJOCO_GL when it is imported; a wrong one fails late
or takes the process down. So each is tried in a process of its own, and the first that
draws is taken.
"""

import os
import subprocess
import sys

BACKENDS = ("egl", "osmesa")
VARIABLE = "MUJOCO_GL"
INSTALL = "install EGL or OSMesa, on Debian: apt-get install libegl1 libosmesa6"
PROBE_SECONDS = 180

_DRAW = """
from dm_control import suite
environment = suite.load("cartpole", "swingup")
environment.reset()
assert environment.physics.render(8, 8).any(), "a black picture"
environment.physics.free()
"""


class NoRendererError(RuntimeError):
    """No OpenGL draws here; the text says what to install."""


def find() -> str:
    """Finds what draws here: the user's own MUJOCO_GL if it is set, else EGL, OSMesa.

    Returns:
      A value for MUJOCO_GL.

    Raises:
      NoRendererError: if none draws.
    """
    wanted = os.environ.get(VARIABLE)
    for backend in (wanted,) if wanted else BACKENDS:
        if _draws(backend):
            return backend
    if wanted:
        raise NoRendererError(f"{VARIABLE}={wanted} does not draw; unset it")
    raise NoRendererError(f"no renderer: {INSTALL}")


def use() -> str:
    """Finds what draws here and has this process use it; before MuJoCo is imported.

    Returns:
      The value that MUJOCO_GL now has.

    Raises:
      NoRendererError: if none draws.
    """
    os.environ[VARIABLE] = find()
    return os.environ[VARIABLE]


def _draws(backend: str) -> bool:
    try:
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", _DRAW],
            capture_output=True,
            env=os.environ | {VARIABLE: backend, "PYOPENGL_PLATFORM": backend},
            timeout=PROBE_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0
