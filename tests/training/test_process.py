"""One process, one run: signals, run.json, the marker, and what is refused."""

import json
import os
import signal
from types import SimpleNamespace

import numpy as np
import pytest

from mpo_repro.training import checkpoint, cohort, process, run


@pytest.fixture
def short(plan):
    """A run with a few updates and no evaluation."""
    return plan(steps=240, interval=1000)


def told(folder):
    return json.loads((folder / "run.json").read_text())


def test_a_finished_run_says_what_it_was(short, tmp_path):
    marker = process.train(short, tmp_path)
    about = told(tmp_path)
    known = {"finished": True, "steps": 240, "hash": about["hash"], "seed": 3}
    assert known.items() <= json.loads(marker.read_text()).items()
    assert (about["ended"], about["reason"]) == ("completed", None)
    assert (about["task"], about["seed"], about["steps"]) == (short.task, 3, 240)
    assert about["recipe"] == short.recipe.model_dump(mode="json")
    assert (about["backend"], about["execution_path"]) == ("envpool", "plain")
    before = (tmp_path / "run.json").stat().st_mtime_ns
    assert process.train(short, tmp_path) == marker  # nothing is done twice
    assert (tmp_path / "run.json").stat().st_mtime_ns == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_saves_and_handlers_are_put_back(plan, train_until, tmp_path, number):
    before = signal.getsignal(number)
    about = train_until(plan(steps=1000, interval=2000), tmp_path, 300, number)
    assert (about["ended"], about["reason"]) == ("interrupted", "asked to stop")
    assert signal.getsignal(number) is before
    identity = f"{about['hash']}/seed-3"
    _, facts = checkpoint.Checkpoint(tmp_path / "checkpoint", identity).load()
    assert 300 <= facts["environment_steps"] < 600


def test_a_signal_while_a_checkpoint_is_written_loses_nothing(
    plan, tmp_path, monkeypatch
):
    real, saved = checkpoint.save_file, []

    def interrupted(*arguments):
        os.kill(os.getpid(), signal.SIGINT)
        saved.append(True)
        real(*arguments)

    monkeypatch.setattr(checkpoint, "save_file", interrupted)
    monkeypatch.setattr(cohort, "CHECKPOINT_SECONDS", 0.0)
    with pytest.raises(run.InterruptedRunError):
        process.train(plan(steps=240, interval=1000), tmp_path)
    assert len(saved) == 2  # the one under way, and the one that was asked for
    monkeypatch.undo()
    process.train(plan(steps=240, interval=1000), tmp_path)
    assert told(tmp_path)["ended"] == "completed"


def test_a_death_costs_no_more_than_an_interval_and_a_step(plan, tmp_path, monkeypatch):
    now, saved, seconds = [0.0], [0.0], 7.0
    step, save = cohort.Actor.step, cohort.Cohort.save

    def long_step(self, *given):
        now[0] += seconds
        return step(self, *given)

    def noted(self):
        saved.append(now[0])
        save(self)

    monkeypatch.setattr(cohort.Actor, "step", long_step)
    monkeypatch.setattr(cohort.Cohort, "save", noted)
    monkeypatch.setattr(cohort, "time", SimpleNamespace(monotonic=lambda: now[0]))
    process.train(plan(steps=400, interval=400), tmp_path)
    gaps = np.diff(saved)
    assert len(gaps) > 3
    assert gaps.max() <= cohort.CHECKPOINT_SECONDS + seconds


def test_a_failure_is_told_and_the_run_goes_on_from_its_last_checkpoint(
    plan, tmp_path, tables, monkeypatch
):
    def fail(progress):
        raise OSError("the disk is gone")

    chosen = plan(steps=400, interval=400)
    monkeypatch.setattr(cohort, "CHECKPOINT_SECONDS", 0.05)
    with pytest.raises(OSError, match="disk"):
        process.train(chosen, tmp_path / "a", fail)
    about = told(tmp_path / "a")
    assert (about["ended"], about["reason"]) == ("failed", "OSError: the disk is gone")
    identity = f"{about['hash']}/seed-3"
    _, facts = checkpoint.Checkpoint(tmp_path / "a" / "checkpoint", identity).load()
    assert 0 < facts["environment_steps"] < 400
    process.train(chosen, tmp_path / "a")
    process.train(chosen, tmp_path / "b")
    assert tables(tmp_path / "a") == tables(tmp_path / "b")


def test_a_start_that_fails_is_told_and_one_that_is_killed_as_well(short, tmp_path):
    found = []

    def start(plan, folder):
        found.append(told(folder))
        raise MemoryError

    with pytest.raises(MemoryError):
        process.train(short, tmp_path, start=start)
    assert [(one["ended"], one["reason"]) for one in (*found, told(tmp_path))] == [
        ("failed", "still training, or the process died"),
        ("failed", "out of memory"),
    ]
    assert told(tmp_path)["execution_path"] == ""
    process.train(short, tmp_path)
    assert told(tmp_path)["ended"] == "completed"


def test_a_folder_of_another_run_is_refused_even_if_that_run_is_finished(
    short, small_recipe, tmp_path
):
    process.train(short, tmp_path)
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    for other in (
        short._replace(seed=4),
        short._replace(task="cartpole-balance"),
        short._replace(backend="dm_control"),
        short._replace(recipe=small_recipe(improvement__epsilon=0.2)),
    ):
        with pytest.raises(checkpoint.StaleCheckpointError, match="belongs to run"):
            process.train(other, tmp_path)
    (tmp_path / "run.json").unlink()
    with pytest.raises(checkpoint.StaleCheckpointError, match="belongs to run"):
        process.train(short._replace(seed=4, steps=300), tmp_path)
    assert not (tmp_path / "run.json").exists()
    (tmp_path / "run.json").write_bytes(before[tmp_path / "run.json"])
    assert {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()} == before


def test_a_damaged_run_is_refused(short, tmp_path):
    process.train(short, tmp_path)
    longer = short._replace(steps=480)
    (segment,) = (tmp_path / "checkpoint").glob("replay-*.bin")
    segment.unlink()
    with pytest.raises(checkpoint.StaleCheckpointError, match="missing or damaged"):
        process.train(longer, tmp_path)
    (tmp_path / "run.json").write_text("{")
    with pytest.raises(checkpoint.StaleCheckpointError, match="cannot be read"):
        process.train(longer, tmp_path)
