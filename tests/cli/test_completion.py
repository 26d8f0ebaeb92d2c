"""What the Tab key offers, asked as bash asks."""

import os
import subprocess
import sys

import pytest

from mpo_repro.cli import app
from mpo_repro.config.claim import load_claims
from mpo_repro.derivations import registry
from mpo_repro.environments import BACKENDS, TASKS
from mpo_repro.training.execution import PATHS

HEAVY = {"torch", "pandas", "scipy", "sympy", "gymnasium", "dm_control", "envpool"}
CODE = f"""
import sys
from mpo_repro.cli.app import main
try: main([])
except SystemExit as end: assert not end.code
print("heavy:", *sys.modules.keys() & {HEAVY})
"""


def asked(line):
    """What bash sets to have the last word of a line completed, which may be empty."""
    words = str(len(line.split(" ")) - 1)
    how = {"_MPO_REPRO_COMPLETE": "complete_bash"}
    return how | {"COMP_WORDS": line, "COMP_CWORD": words}


@pytest.fixture
def offered(capsys, monkeypatch):
    """Completes the last word of a line."""

    def complete(line):
        for name, value in asked(f"mpo-repro {line}").items():
            monkeypatch.setenv(name, value)
        with pytest.raises(SystemExit) as end:
            app.main([])
        assert not end.value.code
        told = capsys.readouterr()
        assert told.err == ""
        return told.out.split()

    return complete


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("train --task reacher-e", ["reacher-easy"]),
        ("train --recipe pap", ["paper"]),
        ("train --backend dm", ["dm_control"]),
        ("train --execution ", list(PATHS)),
        ("train --study tiny --arm ", ["paper", "wide"]),
        ("train --study tiny --arm w", ["wide"]),
        ("train --arm ", []),
        ("train --study broken --arm ", []),
        ("train --recipe paper --set policy.hid", ["policy.hidden="]),
        ("train --recipe nothing --set policy.hid", []),
        ("cohort --study tiny --run paper/", ["paper/0", "paper/7"]),
        ("study status ti", ["tiny"]),
        ("plan ti", ["tiny"]),
        ("collect ti", ["tiny"]),
        ("archive ti", ["tiny"]),
        ("recipes diff paper ", ["paper"]),
        ("claims show C1", ["C1", "C12"]),
        ("claims show c1", ["c1", "c12"]),
        ("derive dual-s", ["dual-sampled"]),
        ("benchmark environments --task fish-s", ["fish-swim"]),
    ],
)
def test_names_that_begin_so_are_offered(project, offered, line, names):
    for claim in ("c1", "c12", "d1"):
        project.write(f"claims/{claim}.yaml", "")
    project.write("studies/broken.yaml", "nonsense: [")
    assert offered(line) == names


def test_the_names_are_all_there_are(offered):
    assert offered("train --task ") == list(TASKS)
    assert offered("train --backend ") == list(BACKENDS)
    assert offered("derive ") == list(registry.names())
    ids = {claim.id for claim in load_claims()}
    assert set(offered("claims show ")) == ids


@pytest.mark.parametrize(
    "line", ["train --task reacher-e", "train --study smoke --arm ", "derive elb"]
)
def test_a_press_of_the_key_imports_nothing_heavy(line):
    done = subprocess.run(
        [sys.executable, "-c", CODE],
        capture_output=True,
        text=True,
        env=os.environ | asked(f"mpo-repro {line}"),
    )
    *names, heavy = done.stdout.splitlines()
    assert names
    assert heavy == "heavy:"
