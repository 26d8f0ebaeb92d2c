"""What a type checker tells a program that uses the package."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROGRAM = """
import mpo_repro

run = mpo_repro.train("cartpole-swingup", steps=1000, epsilon_mean=0.05)
reveal_type(run)
reveal_type(run.policy)
reveal_type(mpo_repro.load_policy("policy"))
mpo_repro.train(seed="zero")
mpo_repro.trian("cartpole-swingup")
"""


@pytest.mark.slow
def test_a_program_is_told_the_types_and_its_mistakes(tmp_path):
    file = tmp_path / "program.py"
    file.write_text(PROGRAM, encoding="utf-8")
    told = subprocess.run(
        [sys.executable, "-m", "mypy", "--follow-imports", "silent", str(file)],
        capture_output=True,
        text=True,
        cwd=ROOT,
    ).stdout
    revealed = [line.split('"')[1] for line in told.splitlines() if "Revealed" in line]
    kinds = ["run.Run", "policy.Policy", "policy.Policy"]
    assert revealed == [f"mpo_repro.artifacts.{kind}" for kind in kinds]
    assert 'Missing positional argument "task"' in told
    assert 'has incompatible type "str"; expected "int"' in told
    assert 'Module has no attribute "trian"' in told
