"""The doctor's checks: each on a machine that is well, and on one that is not."""

import os
import sys
from collections import namedtuple
from importlib import metadata

import pytest

from mpo_repro.study import doctor


def test_this_interpreter_will_do(monkeypatch):
    assert doctor.python().state == doctor.OK
    monkeypatch.setattr(sys, "version_info", (3, 10, 9))
    finding = doctor.python()
    assert finding.state == doctor.TO_DO
    assert "3.11" in finding.advice


def test_packages_are_compared_with_the_lock_builds_aside(tmp_path, monkeypatch):
    lock = tmp_path / "requirements.lock"
    installed = {"a": "1.0", "torch": "2.13.0+cpu"}

    def version(name):
        if name not in installed:
            raise metadata.PackageNotFoundError(name)
        return installed[name]

    monkeypatch.setattr(doctor.metadata, "version", version)
    lock.write_text("a==1.0\ntorch==2.13.0\n")
    assert doctor.packages(lock) == ("packages", "ok", "2 as in requirements.lock", "")
    lock.write_text("a==1.1\ntorch==2.13.0\nb==3\nc==4\nd==5\n")
    state, found = doctor.packages(lock)[1:3]
    assert state == doctor.TO_DO
    assert found == (
        "a 1.0, the lock has 1.1; b is not installed; c is not installed and 1 more"
    )
    assert doctor.packages(tmp_path / "none").state == doctor.TO_DO


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("print('fine')", (True, "fine")),
        ("raise ValueError('worn out')", (False, "ValueError: worn out")),
        ("import os; os.abort()", (False, "ended by signal 6")),
        ("import sys; sys.exit(3)", (False, "exit code 3")),
    ],
)
def test_a_probe_survives_what_it_probes(code, expected):
    assert doctor.Probe(code).result() == expected


def test_a_probe_that_hangs_is_ended():
    probe = doctor.Probe("import time; time.sleep(600)")
    assert probe.result(0.1) == (False, "no answer within 0.1 s")


def test_what_fails_says_what_to_do():
    broken = "AttributeError: flex_vertedge"
    for finding in (doctor.simulators(False, broken), doctor.envpool(False, broken)):
        assert finding.state == doctor.TO_DO
        assert broken in finding.found
        assert finding.advice
    assert doctor.simulators(True, "").state == doctor.OK
    assert doctor.envpool(True, "").state == doctor.OK
    assert doctor.graphics(True, "").state == doctor.OK
    assert doctor.graphics(False, "ImportError").state == doctor.TO_DO


def test_a_variable_that_ends_dm_controls_import_is_named(monkeypatch):
    monkeypatch.setenv("MUJOCO_GL", "osmesa")
    advice = doctor.simulators(False, "AttributeError: glGetError").advice
    assert advice.startswith("unset MUJOCO_GL (osmesa)")
    monkeypatch.delenv("MUJOCO_GL")
    assert "unset" not in doctor.simulators(False, "AttributeError").advice


def test_a_run_must_fit_into_memory(monkeypatch):
    Memory = namedtuple("Memory", "available total")
    for gigabytes, state in ((1.4, doctor.TO_DO), (1.6, doctor.OK)):
        amount = Memory(int(gigabytes * 2**30), 8 * 2**30)
        monkeypatch.setattr(doctor.psutil, "virtual_memory", lambda m=amount: m)
        assert doctor.memory().state == state


def test_a_compiler_that_does_not_work_is_no_obstacle_and_named(monkeypatch):
    monkeypatch.setenv("CXX", "none++")
    finding = doctor.compiler()
    assert finding.state == doctor.OPTIONAL
    assert finding.found.startswith("there is no compiler none++")
    assert finding.advice
    monkeypatch.setattr(doctor.cxx, "problem", lambda: None)
    assert doctor.compiler()[1:] == (doctor.OK, "none++ compiles", "")


def test_results_must_be_writable(tmp_path):
    assert doctor.write_access(tmp_path).state == doctor.OK
    assert list(tmp_path.iterdir()) == []
    finding = doctor.write_access(tmp_path / "none")
    assert finding.state == doctor.TO_DO
    assert os.strerror(2) in finding.found


def test_a_full_disk_is_seen(tmp_path, monkeypatch):
    usage = namedtuple("Usage", "free")(2**29)
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda path: usage)
    assert doctor.write_access(tmp_path).state == doctor.TO_DO
