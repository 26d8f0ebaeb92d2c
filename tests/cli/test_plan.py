"""The command that predicts what a study takes."""

import json

import pytest

from mpo_repro.cli import app
from mpo_repro.study import calibration
from mpo_repro.study.cost import Calibration, Task

MACHINE = Calibration(
    machine="a machine",
    device="cpu",
    start_seconds=5.0,
    compile_seconds=(30.0, 10.0),
    updates=((1e6, 0.001), (1e12, 0.001)),
    acting_seconds={"plain": 0.0, "compiled": 0.0},
    speedup=2.0,
    memory={"plain": 300e6, "compiled": 500e6},
    tasks={"pendulum-swingup envpool": Task(0.0, 0.0, 0.0, 0.001)},
)
REACHER = {"reacher-easy envpool": Task(0.0, 0.0, 0.0, 0.001)}


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def known(project):
    calibration.save(MACHINE._replace(tasks=MACHINE.tasks | REACHER))


def called(capfd, *words):
    with pytest.raises(SystemExit) as end:
        app.main(["plan", *words])
    return end.value.code, capfd.readouterr()


def test_a_calibrated_machine_is_not_measured_again(known, capfd):
    code, output = called(capfd, "tiny", "--cores", "2", "--json")
    assert not code
    assert output.err == ""
    found = json.loads(output.out)
    assert (found["jobs"], found["cores"]) == (8, 2)
    # 8 equal runs: start, 3,000 steps, 250 updates, 3 evaluations of 4 episodes.
    seconds = 5 + 3.0 + 0.25 + 3 * 4 * 1.0
    assert found["core_hours"] == pytest.approx(8 * seconds / 3600)
    assert found["wall_hours"] == pytest.approx(4 * seconds / 3600)


def test_lines_name_what_is_predicted(known, capfd):
    code, output = called(capfd, "tiny")
    assert not code
    for word in ("jobs", "core-hours", "wall time", "memory", "disk"):
        assert word in output.out


def test_only_the_tasks_that_are_missing_are_measured(project, capfd, monkeypatch):
    calibration.save(MACHINE)
    asked = []

    def measure_tasks(names):
        asked.extend(names)
        return REACHER

    monkeypatch.setattr(calibration, "measure_tasks", measure_tasks)
    assert not called(capfd, "tiny")[0]
    assert asked == ["reacher-easy envpool"]
    assert calibration.load().tasks == MACHINE.tasks | REACHER


def test_a_machine_is_measured_again_when_asked_to(known, capfd, monkeypatch):
    faster = MACHINE._replace(start_seconds=0.0, tasks=MACHINE.tasks | REACHER)
    monkeypatch.setattr(calibration, "measure", lambda tasks, device: faster)
    assert not called(capfd, "tiny", "--calibrate")[0]
    assert calibration.load() == faster


def test_a_measurement_that_fails_ends_with_1(project, capfd, monkeypatch):
    def fails(tasks, device):
        raise calibration.CalibrationError("plain: no torch")

    monkeypatch.setattr(calibration, "measure", fails)
    code, output = called(capfd, "tiny")
    assert code == 1
    assert "cannot measure this machine: plain: no torch" in output.err


def test_a_device_that_cannot_be_measured_is_refused(known, capfd):
    code, output = called(capfd, "tiny", "--device", "cuda")
    assert code == 2
    assert output.err.startswith("--device: given cuda; allowed: cpu")
