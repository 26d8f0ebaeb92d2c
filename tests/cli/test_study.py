"""`mpo-repro study`: what it prints, asks and refuses."""

import io
import json
import re

import pytest

from mpo_repro.cli import _status, app, plan
from mpo_repro.config import load_study
from mpo_repro.runs.marking import write_markers
from mpo_repro.runs.sealed import write_sealed
from mpo_repro.runs.tables import TABLES
from mpo_repro.study import plan as forecasts
from mpo_repro.study import snakemake, status
from mpo_repro.training.run_folder import write_tables


@pytest.fixture
def command(project, capsys, monkeypatch):
    """Runs a command: exit code, lines on stdout and on stderr, 80 columns wide."""
    monkeypatch.setenv("COLUMNS", "80")

    def call(*given):
        with pytest.raises(SystemExit) as end:
            app.main(["study", *given])
        told = capsys.readouterr()
        lines = told.out.splitlines(), told.err.splitlines()
        assert max(map(len, lines[0]), default=0) <= 80 or "snakemake" in told.out
        return end.value.code or 0, *lines

    return call


@pytest.fixture
def hours(monkeypatch):
    """Sets what a study takes; nothing is measured."""
    monkeypatch.setattr(plan, "calibrated", lambda study: None)

    def take(value):
        numbers = (8, 8, 0, 2, value, value, value, 1e9, 1e9, 3.14e9)
        found = forecasts.Forecast(*numbers)
        monkeypatch.setattr(forecasts, "forecast", lambda *_: found)

    take(0.5)
    return take


@pytest.fixture
def started(monkeypatch, hours):
    """The arguments with which Snakemake was started, in place of starting it."""
    calls = []
    monkeypatch.setattr(snakemake, "become", calls.append)
    return calls


def test_run_hands_a_path_to_snakemake_and_refuses_another(command):
    code, lines, _ = command("run", "tiny", "--execution", "plain", "--dry-run")
    assert code == 0
    assert lines[-1].endswith("--config study=tiny execution=plain")
    code, lines, err = command("run", "tiny", "--execution", "plian", "--dry-run")
    assert (code, lines, len(err)) == (2, [], 1)
    assert "--execution: given plian; allowed: did you mean plain" in err[0]


def test_list_gives_the_size_of_each_study(command):
    code, lines, _ = command("list")
    assert code == 0
    assert lines[1].split() == ["tiny", "2", "2", "8", "3,000", "Tiny"]


def test_a_narrow_list_breaks_titles_and_keeps_names_whole(
    project, capsys, monkeypatch
):
    name = "a-study-with-a-long-name"
    tiny = project.edit("studies/tiny.yaml", "title: Tiny", f"title: Tiny {name * 3}")
    text = tiny.read_text("utf-8").replace("name: tiny", f"name: {name}")
    project.write(f"studies/{name}.yaml", text)
    monkeypatch.setenv("COLUMNS", "60")
    with pytest.raises(SystemExit):
        app.main(["study", "list"])
    text = capsys.readouterr().out
    assert max(map(len, text.splitlines())) <= 60
    assert name in text
    assert "…" not in text


def test_show_gives_budgets_and_what_an_arm_sets(command, project):
    project.edit("studies/tiny.yaml", "steps: 3000", "steps: 5000")
    text = "\n".join(command("show", "tiny")[1])
    assert "pendulum-swingup (5,000 steps)" in text
    assert "policy.hidden: [300, 300]" in text
    assert re.search(r"Runs +8,", text)


def test_status_is_one_table_where_there_is_no_terminal(command):
    code, lines, _ = command("status", "tiny")
    assert code == 0
    assert lines[1].split() == ["pendulum-swingup", "paper", "0/2", "-"]
    assert "0% of 24,000 steps" in lines[-1]
    assert "0/8 runs" in lines[-1]
    assert "left" not in lines[-1], "nothing runs from which to tell"


def test_status_as_json_holds_every_run(command):
    code, lines, _ = command("status", "tiny", "--json")
    found = json.loads("\n".join(lines))
    assert code == 0
    assert found["summary"]["runs"] == len(found["runs"]) == 8
    assert found["runs"][0]["state"] == "waiting"


@pytest.mark.parametrize(("kind", "code"), [("failed", 1), ("interrupted", 0)])
def test_trouble_is_named_and_a_failure_is_an_exit_code(
    command, monkeypatch, kind, code
):
    look = status.look

    def with_trouble(study):
        states = look(study)
        states[3] = states[3]._replace(state=kind, steps=1200, reason="why " * 40)
        return states

    monkeypatch.setattr(status, "look", with_trouble)
    found, lines, _ = command("status", "tiny")
    assert found == code
    text = " ".join(" ".join(lines).split())
    assert f"{kind} reacher-easy paper seed 7 at 1,200 of 3,000 steps: why" in text


def test_running_runs_are_shown_with_their_numbers(command, monkeypatch):
    look = status.look

    def with_one(study):
        states = look(study)
        numbers = {"episode_return": 512.3, "steps_per_second": 180.2}
        states[0] = states[0]._replace(
            state="running", steps=1500, seconds_left=312.0, **numbers
        )
        return states

    monkeypatch.setattr(status, "look", with_one)
    text = " ".join(" ".join(command("status", "tiny")[1]).split())
    assert "seed 0: 50%, return 512, 180 steps/s, 5:12 left" in text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "-"),
        (42, "0:42"),
        (312, "5:12"),
        (3 * 3600 + 300, "3 h 05"),
        (52 * 3600, "2 d 04 h"),
    ],
)
def test_durations(seconds, text):
    assert _status.duration(seconds) == text


def test_run_prints_the_command_and_becomes_it(command, started):
    code, lines, _ = command("run", "tiny", "--cores", "2", "--", "--until", "figures")
    assert code == 0
    assert lines[0] == snakemake.plain(started[0])
    assert lines[0].startswith("snakemake ")
    assert "--cores 2 all --until figures" in lines[0]
    assert lines[1] == "8 of 8 runs to train, 24,000 environment steps"
    assert lines[2] == "about 0.5 hours on 2 cores; 3.1 GB of disk in all"


def test_a_dry_run_only_prints(command, started):
    code, lines, _ = command("run", "tiny", "--dry-run")
    assert (code, len(lines), started) == (0, 1, [])


@pytest.mark.parametrize("cores", ["0", "two", "-1"])
def test_wrong_cores_are_refused(command, started, cores):
    code, _, err = command("run", "tiny", "--cores", cores)
    assert (code, len(err), started) == (2, 1, [])


def test_a_living_snakemake_is_left_alone(command, started, monkeypatch):
    monkeypatch.setattr(snakemake, "locked", lambda: True)
    monkeypatch.setattr(snakemake, "alive", lambda: 4711)
    code, _, err = command("run", "tiny", "--yes")
    assert (code, started) == (2, [])
    assert "process 4711" in err[0]


def test_a_lock_that_was_left_is_removed_only_if_agreed(command, started, monkeypatch):
    monkeypatch.setattr(snakemake, "locked", lambda: True)
    monkeypatch.setattr(snakemake, "alive", lambda: None)
    unlocked = []
    monkeypatch.setattr(snakemake, "unlock", unlocked.append)
    code, _, err = command("run", "tiny")
    assert (code, started, unlocked) == (2, [], [])
    assert "--yes" in err[0]
    assert command("run", "tiny", "--yes")[0] == 0
    assert unlocked == ["tiny"]
    assert len(started) == 1


def test_above_an_hour_it_asks_and_without_an_answer_it_refuses(
    command, started, hours
):
    hours(1.2)
    code, _, err = command("run", "tiny")
    assert (code, started) == (2, [])
    assert "about 1.2 hours ahead" in err[0]
    assert command("run", "tiny", "--yes")[0] == 0
    assert len(started) == 1


class Terminal(io.StringIO):
    """What somebody types."""

    def isatty(self):
        return True


@pytest.mark.parametrize(("answer", "code"), [("y", 0), ("n", 1), ("", 1)])
def test_above_an_hour_somebody_at_a_terminal_decides(
    command, started, hours, monkeypatch, answer, code
):
    hours(1.2)
    monkeypatch.setattr("sys.stdin", Terminal(f"{answer}\n"))
    found, lines, _ = command("run", "tiny")
    assert (found, len(started)) == (code, 1 - code)
    assert any("Go on?" in line for line in lines)


def test_a_damaged_run_is_named_before_training(command, started, hours):
    hours(0.1)
    run = load_study("tiny").runs()[0]
    run.folder.mkdir(parents=True)
    write_sealed(run.folder / "run.json", {"seed": 0, "hash": run.hash})
    write_tables(run.folder, {name: [] for name in TABLES})
    write_markers(run.folder, [3000], run.hash, 0)
    assert command("run", "tiny", "--yes")[2] == []
    (run.folder / "timing.parquet").unlink()
    text = "damaged: paper pendulum-swingup seed 0: no file timing.parquet"
    assert command("run", "tiny", "--yes")[2] == [text]
    assert command("status", "tiny", "--once")[0] == 1


def test_only_what_is_left_counts(command, started, hours, project):
    hours(1.2)
    for run in load_study("tiny").runs()[:4]:
        run.folder.mkdir(parents=True)
        marker = {"steps": 3000, "finished": True}
        run.marker.write_text(json.dumps(marker))
    code, lines, _ = command("run", "tiny")
    assert (code, len(started)) == (0, 1)
    assert "about 0.6 hours" in lines[2]
