"""One process a run folder, and nothing left of a dead one's lock."""

import errno
import fcntl
import os
import signal
import subprocess
import sys
import threading

import pytest

from mpo_repro.training.lock import LockedError, lock

HOLD = """
import sys, subprocess, pathlib
from mpo_repro.training.lock import lock
with lock(pathlib.Path(sys.argv[1])):
    child = subprocess.Popen(["sleep", "60"], stdout=subprocess.DEVNULL)
    print(child.pid, flush=True)
    child.wait()
"""


def test_the_second_is_refused_until_the_first_is_done(tmp_path):
    with lock(tmp_path):
        told = f"is in use by process {os.getpid()}"
        with pytest.raises(LockedError, match=told), lock(tmp_path):
            pass
    with lock(tmp_path):
        pass


def test_who_may_wait_has_it_next(tmp_path):
    held, order = threading.Event(), []

    def wait():
        held.set()
        with lock(tmp_path, wait=True):
            order.append("second")

    with lock(tmp_path):
        second = threading.Thread(target=wait)
        second.start()
        held.wait()
        second.join(0.2)
        order.append("first")
    second.join(10)
    assert order == ["first", "second"]


def test_a_killed_owner_leaves_no_lock_even_if_its_child_lives(tmp_path):
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as owner:
        child = int(owner.stdout.readline())
        try:
            with pytest.raises(LockedError, match=str(owner.pid)), lock(tmp_path):
                pass
            owner.kill()
            owner.wait()
            with lock(tmp_path):
                pass
        finally:
            os.kill(child, signal.SIGKILL)


def test_without_locks_in_the_file_system_the_run_goes_on(
    tmp_path, monkeypatch, caplog
):
    def flock(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", flock)
    with lock(tmp_path):
        assert "cannot be locked: No locks available" in caplog.text
