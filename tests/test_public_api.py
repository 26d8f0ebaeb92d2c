"""What `import mpo_repro` promises: names, and that it costs nothing."""

import subprocess
import sys

import pytest

import mpo_repro

CHEAP = """
import sys
import mpo_repro
print(*(sys.modules.keys() & {"torch", "pandas", "gymnasium", "numpy", "pydantic"}))
"""
REGISTERED = """
import gymnasium
import mpo_repro
print("mpo_repro/cartpole-swingup-v0" in gymnasium.registry)
"""
LATER = """
import mpo_repro
import gymnasium
before = "mpo_repro/cartpole-swingup-v0" in gymnasium.registry
mpo_repro.register_envs()
print(before, "mpo_repro/cartpole-swingup-v0" in gymnasium.registry)
"""


@pytest.mark.parametrize(
    ("code", "printed"),
    [(CHEAP, ""), (REGISTERED, "True"), (LATER, "False True")],
    ids=["cheap", "registered", "later"],
)
def test_importing(code, printed):
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == printed


def test_every_public_name_is_there():
    for name in mpo_repro.__all__:
        assert callable(getattr(mpo_repro, name))
        assert name in dir(mpo_repro)


def test_another_name_is_not():
    with pytest.raises(AttributeError, match="mpo_repro.*trian"):
        mpo_repro.trian  # noqa: B018
