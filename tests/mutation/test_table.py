"""The recorded table: complete, up to date, true, and part of the tests' output."""

import subprocess
import sys

import equivalents
import mutants
import pytest
import table

RECORDED = table.read()
FILES = {path.stem: path for path in table.modules()}


@pytest.mark.parametrize("stem", sorted(set(FILES) | set(RECORDED)))
def test_it_names_the_mutants_that_the_code_has_now(stem):
    path = FILES.get(stem)
    now = {mutant.key for mutant in mutants.of_file(path)} if path else set()
    then = set(RECORDED[stem].killers if stem in RECORDED else ())
    changed = f"{len(now - then)} new, {len(then - now)} gone"
    assert now == then, f"{stem}: {changed}: run `make mutation FILES={stem}`"


def test_every_mutant_is_killed_or_listed_as_equivalent(record_property):
    record_property("table", table.summary(RECORDED))
    assert sum((table.wrong(outcomes) for outcomes in RECORDED.values()), []) == []


def test_what_has_killed_a_mutant_is_still_a_test():
    root = table.MODULES.parents[1]
    killers = {test for part in RECORDED.values() for test in part.killers.values()}
    for place in {killer.partition("[")[0] for killer in killers if "::" in killer}:
        file, name = place.split("::")
        assert f"def {name}(" in (root / file).read_text("utf-8"), place


def test_what_is_called_equivalent_exists_and_has_a_reason():
    keys = {key for outcomes in RECORDED.values() for key in outcomes.killers}
    assert set(equivalents.REASONS) <= keys
    assert all(len(reason) > 20 for reason in equivalents.REASONS.values())


def test_states_and_their_counts():
    listed = next(iter(equivalents.REASONS))
    killers = {"f: a -> b": "test", "f: b -> a": "", listed: ""}
    outcomes = table.Outcomes("", killers)
    assert table.wrong(outcomes) == ["survives: f: b -> a"]
    assert table.summary({"f": outcomes}).splitlines()[1].split() == [
        *("f.py", "3", "1", "1", "1", "0"),
    ]
    assert table.state(listed, "test") == "listed, but killed"


def test_a_changed_file_is_stale(monkeypatch):
    path = FILES["m_step"]
    outcomes = table.Outcomes(mutants.fingerprint(path), {})
    current = {stem: RECORDED[stem] for stem in RECORDED} | {"m_step": outcomes}
    assert "m_step" not in table.stale(current)
    changed = current | {"m_step": table.Outcomes("other", {}), "gone": outcomes}
    assert {"gone", "m_step"} <= set(table.stale(changed))


@pytest.mark.parametrize("step", [200, pytest.param(12, marks=pytest.mark.slow)])
def test_recorded_verdicts_are_true(step):
    """Tries every `step`-th mutant of each file again, at least one of each."""
    command = [sys.executable, str(table.FILE.with_name("run.py"))]
    done = subprocess.run(
        [*command, "--check", str(step)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("as recorded") >= len(RECORDED)
