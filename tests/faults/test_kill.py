"""What the script that kills runs takes for lost work."""

import signal

import kill
import pytest
from kill import CHECKPOINT_SECONDS, NAMES, Moment, Watch

START, END = 0, 1


def late(*told):
    """Counts late steps of a process that told (phase, beginning or end, when)."""
    watch = Watch(0, 0, None, {})
    for name, ended, at in told:
        watch.note(NAMES.index(name), ended, at)
    return watch.late()


def steps(*times):
    return [("acting", which, at) for at in times for which in (START, END)]


def saved(at):
    return [("checkpoint", START, at), ("checkpoint", END, at)]


def test_steps_within_an_interval_of_the_first_are_not_late():
    assert late() == 0
    assert late(*steps(5.0, 5.0 + 0.9 * CHECKPOINT_SECONDS)) == 0


def test_one_step_may_be_slow_and_another_begin_before_a_checkpoint_is_written():
    assert late(*steps(5.0, 99.0)) == 1 == kill.LATE


def test_a_run_that_does_not_save_though_it_is_time_is_found():
    assert late(*steps(5.0, 99.0, 99.1)) == 2 > kill.LATE


def test_a_checkpoint_begins_a_new_interval():
    assert late(*steps(5.0, 99.0), *saved(99.1), *steps(99.2)) == 0


def test_a_checkpoint_that_was_begun_only_saves_nothing():
    assert late(*steps(5.0, 99.0), *saved(99.1)[:1]) == 1


def test_a_process_is_killed_at_its_moment(monkeypatch):
    killed = []
    monkeypatch.setattr(kill.os, "kill", lambda *given: killed.append(given))
    watch = Watch(7, 0, Moment("acting", 2, 0.0), {"acting": 1.0})
    for expected in ([], [], [(7, signal.SIGKILL)]):
        assert killed == expected
        watch.note(NAMES.index("acting"), START, 1.0)
    assert watch.spans == {}


def test_phases_take_as_long_as_the_process_says():
    watch = Watch(0, 0, None, {})
    watch.note(NAMES.index("update"), START, 2.0)
    watch.note(NAMES.index("update"), END, 2.5)
    assert watch.spans["update"] == [pytest.approx(0.5)]
