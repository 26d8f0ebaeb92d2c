"""A machine's calibration: where it is kept, and what is measured."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from mpo_repro.study import calibration, measuring
from mpo_repro.study.opening import open_study


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


def test_what_is_saved_is_read_again(machine):
    assert calibration.load() is None
    place = calibration.save(machine)
    assert place == calibration.path()
    assert calibration.load() == machine


@pytest.mark.parametrize("content", ["", "{}", '{"format": 0}', "[1]"])
def test_what_another_version_wrote_is_measured_again(content, machine):
    place = calibration.save(machine)
    place.write_text(content)
    assert calibration.load() is None


def test_a_study_asks_for_its_tasks_by_their_simulators(project):
    names = ["pendulum-swingup envpool", "reacher-easy envpool"]
    assert calibration.tasks_of(open_study("tiny")) == names


def test_a_process_that_fails_is_told_in_its_last_line():
    with pytest.raises(calibration.CalibrationError, match=r"^tasks: .*no-such"):
        calibration.measure_tasks(["no-such envpool"])


def test_steps_that_waited_for_others_do_not_count(monkeypatch):
    now, random = [0.0], np.random.default_rng(0)
    clock = SimpleNamespace(process_time=lambda: now[0], monotonic=lambda: now[0])
    monkeypatch.setattr(measuring, "time", clock)

    def step(microseconds):
        # Nine of ten wait, and for how long has nothing to do with the batch.
        waited = 300 * random.random() if random.random() < 0.9 else 0
        now[0] += 1e-6 * (microseconds + waited)

    small, large = measuring._in_turns(lambda: step(40), lambda: step(46))
    assert small == pytest.approx(40e-6)
    assert large == pytest.approx(46e-6)


@pytest.mark.slow
def test_a_machine_is_measured(monkeypatch):
    monkeypatch.setattr(calibration, "choose", lambda updates: "plain")
    found = calibration.measure(["pendulum-swingup envpool"])
    assert list(found.memory) == ["plain"]
    operations, seconds = zip(*found.updates, strict=True)
    assert list(operations) == sorted(operations)
    assert seconds[0] < seconds[-1]
    task = found.tasks["pendulum-swingup envpool"]
    assert task.make > task.begin > 0 < task.environment
    json.dumps(found)
    assert found.together == ()


@pytest.mark.slow
def test_updates_of_several_runs_are_measured(monkeypatch):
    monkeypatch.setattr(measuring, "REPETITIONS", 2)
    monkeypatch.setattr(measuring.execution, "choose", lambda updates: "plain")
    (one, alone), (two, both) = measuring.together("cpu", "1", "2")
    assert (one, two) == (1, 2)
    assert 0 < alone < both


def test_a_device_has_a_calibration_of_its_own(machine):
    calibration.save(machine)
    other = machine._replace(device="cuda", together=((1.0, 0.5), (64.0, 1.0)))
    calibration.save(other)
    assert calibration.load() == machine
    assert calibration.load("cuda") == other
