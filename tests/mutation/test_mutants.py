"""What counts as a mutant, and a part of the mutation test itself."""

import ast
import collections
import subprocess
import sys
from pathlib import Path

import equivalents
import mutants
import pytest
import table

HERE = Path(__file__).parent
MODULES = HERE.parents[1] / "mpo_repro" / "mpo"
ALL = [mutant for file in MODULES.glob("*.py") for mutant in mutants.of_file(file)]
KEYS = {mutant.key for mutant in ALL}

SOURCE = '''
import math


def f(new, old, x: int | None = None):
    """Returns x - 1."""
    if x > 0 and old:
        return -math.log(new.mT @ x.clamp(min=1)) + old.mean(0)
    return torch.where(x > 0, new, old)[:, 1:]
'''


def changes(tmp_path, source=SOURCE):
    """Lists pairs of what stood there and what stands there now."""
    file = tmp_path / "module.py"
    file.write_text(source)
    return {(mutant.before, mutant.after) for mutant in mutants.of_file(file)}


def test_signs_logs_clamps_covariances_and_branches_are_changed(tmp_path):
    total = "-math.log(new.mT @ x.clamp(min=1)) + old.mean(0)"
    left, right = total.split(" + ")
    assert changes(tmp_path) >= {
        (total, total.replace(" + ", " - ")),
        (total, left),
        (total, right),
        (left, left[1:]),
        (left[1:], "new.mT @ x.clamp(min=1)"),
        ("new.mT", "new"),
        ("new", "old"),
        ("old", "new"),
        ("x.clamp(min=1)", "x"),
        ("x.clamp(min=1)", "x.clamp(max=1)"),
        ("old.mean(0)", "old.sum(0)"),
        ("old.mean(0)", "old.mean(-1)"),
        ("x > 0", "x < 0"),
        ("x > 0 and old", "x > 0 or old"),
        ("torch.where(x > 0, new, old)", "torch.where(x > 0, old, new)"),
        (
            "torch.where(x > 0, new, old)[:, 1:]",
            "torch.where(x > 0, new, old)[:, :-1]",
        ),
    }


def test_annotations_and_docstrings_stay(tmp_path):
    befores = {before for before, _ in changes(tmp_path)}
    assert not any("None" in before or "Returns" in before for before in befores)
    assert changes(tmp_path, '"""a - b"""\nx: int = 3\n') == set()


def test_a_mutant_differs_in_one_place_and_compiles():
    original = {path.name: path.read_text("utf-8") for path in MODULES.glob("*.py")}
    for mutant in ALL[::11]:
        compile(mutant.source, mutant.file, "exec")
        plain = ast.unparse(ast.parse(original[mutant.file])).splitlines()
        changed = mutant.source.splitlines()
        if len(plain) == len(changed):
            pairs = zip(plain, changed, strict=True)
            assert sum(one != two for one, two in pairs) == 1, mutant.key


def test_keys_are_unique():
    assert len(KEYS) == len(ALL)


def test_each_module_with_mathematics_has_mutants():
    count = collections.Counter(mutant.file for mutant in ALL)
    files = {path.name for path in MODULES.glob("*.py")} - {"__init__.py"}
    assert set(count) == files
    assert min(count.values()) >= 15


def test_what_is_called_equivalent_exists_and_has_a_reason():
    assert set(equivalents.REASONS) <= KEYS
    assert all(len(reason) > 20 for reason in equivalents.REASONS.values())


@pytest.mark.parametrize(
    ("killer", "reason", "state", "is_wrong"),
    [
        ("test", None, "killed", False),
        ("", "commutes", "equivalent", False),
        ("", None, "survives", True),
        ("test", "commutes", "listed, but killed", True),
    ],
)
def test_outcomes(killer, reason, state, is_wrong):
    row = table.Row(ALL[0], killer, 1.0, reason)
    assert (row.state, row.is_wrong) == (state, is_wrong)
    assert state in table.line(row)
    assert f"| {ALL[0].file} | 1 |" in table.markdown([row])


@pytest.mark.slow
def test_the_multipliers_have_no_surviving_mutant(tmp_path):
    out = tmp_path / "table.md"
    command = [sys.executable, str(HERE / "run.py"), "--file", "multipliers"]
    done = subprocess.run(
        [*command, "--quick", "--out", str(out)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    print(out.read_text("utf-8"))
    assert "| survives |" in out.read_text("utf-8")
