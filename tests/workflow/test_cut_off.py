"""Snakemake killed while it works, and runs that fail: what comes of the study."""

import os
import re
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from short_study import (
    ENVIRONMENT,
    ROOT,
    STUDY,
    TASK,
    out,
    quiet,
    replay,
    tables,
    training,
    wait_for,
)

from mpo_repro.study import calibration
from mpo_repro.study.cost import Task

DIVERGES = """\
  wild:
    recipe: paper
    label: Wild
    seeds: [0]
    set:
      policy.hidden: [8]
      critic.hidden: [8]
      data.initial_steps: 100
      optimisation.critic_learning_rate: 1.0e+5
"""
HUNGRY = """\
  hungry:
    recipe: paper
    label: Hungry
    seeds: [0]
    set:
      policy.hidden: [8]
      critic.hidden: [8]
      data.initial_steps: 100
      data.buffer_size: 1000000000000
"""
ATTEMPTS = 3  # of a job: the first, and two `retries`


@pytest.fixture
def study(project, monkeypatch):
    """A study of short runs, its machine measured and the derivations checked."""
    cache = str(project.root / "cache")
    monkeypatch.setenv("XDG_CACHE_HOME", cache)
    monkeypatch.setitem(ENVIRONMENT, "XDG_CACHE_HOME", cache)
    paths = {"plain": 0.0, "compiled": 0.0}
    about = "a machine", "cpu", 0.0, (0.0, 0.0), ((1e6, 0.0), (1e12, 0.0)), paths, 1.0
    tasks = {f"{TASK} envpool": Task(0.0, 0.0, 0.0, 0.001)}
    memory = dict.fromkeys(paths, 398e6)
    calibration.save(calibration.Calibration(*about, memory, tasks))
    certificates = project.root / "results" / "derivations" / "certificates.json"
    certificates.parent.mkdir(parents=True)
    shutil.copy(ROOT / "reports/laptop/data/certificates.json", certificates)
    os.utime(certificates)
    project.write("studies/tiny.yaml", STUDY)
    return project


def start():
    """Begins the study as a user does."""
    command = ["mpo-repro", "study", "run", "tiny", "--cores", "2", "--yes"]
    told = Path("out").open("a")  # noqa: SIM115 (the process has it)
    return subprocess.Popen(
        command, env=ENVIRONMENT, stdout=told, stderr=told, start_new_session=True
    )


@pytest.mark.slow
@pytest.mark.parametrize("jobs", ["live on", "die too"])
def test_a_killed_snakemake_is_taken_over_by_the_same_command(study, jobs):
    first = start()
    runs = wait_for(lambda: [*Path("results").rglob("run.json")][1:] and training())
    assert len(runs) == 2
    folders = [path.parent for path in Path("results").rglob("run.json")]
    if jobs == "live on":
        os.kill(first.pid, signal.SIGKILL)
    else:
        os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    assert not [*Path("results").rglob("*.done.json")]
    second = start()
    psutil.wait_procs(runs, timeout=120)
    written = {folder: (folder / "run.json").stat().st_mtime_ns for folder in folders}
    assert second.wait(timeout=300) == 0, out()
    for folder in folders:
        assert tables(folder) == quiet(int(folder.name.removeprefix("seed-")))
        again = (folder / "run.json").stat().st_mtime_ns != written[folder]
        assert again == (jobs == "die too")  # who lived on was waited for
    assert Path("results/tiny/report.html").stat().st_size


@pytest.mark.slow
def test_a_run_that_fails_does_not_stop_the_rest_and_is_named(study):
    study.write("studies/tiny.yaml", STUDY + DIVERGES)
    assert start().wait(timeout=300) != 0
    assert len([*Path("results/runs").rglob("*.done.json")]) == 2
    page = Path("results/tiny/incomplete/report.html").read_text("utf-8")
    assert "1 of 3 planned runs gave no result" in page
    assert "Q has diverged" in page
    assert "incomplete/report.html names them" in out()
    # The page of the study is still missing, so that the run is tried again.
    assert not Path("results/tiny/report.html").exists()
    study.write("studies/tiny.yaml", STUDY)
    assert start().wait(timeout=300) == 0, out()
    assert Path("results/tiny/report.html").exists()
    assert not Path("results/tiny/incomplete").exists()


@pytest.mark.slow
def test_a_job_that_is_told_to_end_goes_on_by_its_retry(study):
    snakemake = start()
    run, *_ = wait_for(lambda: [*Path("results").rglob("run.json")] and training())
    seed = run.cmdline()[-1]
    (about,) = wait_for(lambda: [*Path("results").rglob(f"seed-{seed}/run.json")])
    folder = about.parent
    run.terminate()
    psutil.wait_procs([run], timeout=120)
    saved = replay(folder)
    assert saved
    assert snakemake.wait(timeout=900) == 0, out()
    # Who had begun anew would have written these again.
    assert saved.items() <= replay(folder).items()
    assert tables(folder) == quiet(int(seed))


def check_that_one_is_named(reason):
    """Checks what there is of a study of which one run has failed for good."""
    assert "incomplete/report.html names them" in out()
    page = Path("results/tiny/incomplete/report.html").read_text("utf-8")
    assert re.search("1 of [23] planned runs gave no result", page)
    assert reason in page
    assert not Path("results/tiny/report.html").exists()


@pytest.mark.slow
def test_a_run_that_memory_does_not_suffice_for_is_named(study):
    study.write("studies/tiny.yaml", STUDY + HUNGRY)
    assert start().wait(timeout=900) != 0
    check_that_one_is_named("out of memory")
    assert len([*Path("results/runs").rglob("*.done.json")]) == 2


@pytest.mark.slow
@pytest.mark.parametrize(
    ("moment", "reason"),
    [
        ("run.json", "failed: still training, or the process died"),
        ("*.log", "no run folder"),
    ],
)
def test_a_run_that_is_killed_each_time_is_named(study, moment, reason):
    """As the kernel does it when the machine's memory is used up."""
    process, killed = start(), set()
    while process.poll() is None:
        there = [*Path().rglob(f"seed-1/{moment}")]
        for one in training() if there else []:
            with suppress(psutil.NoSuchProcess):
                if "--seed 1" in " ".join(one.cmdline()):
                    one.kill()
                    killed.add(one)
        time.sleep(0.05)
    assert len(killed) == ATTEMPTS
    assert process.returncode != 0
    check_that_one_is_named(reason)
    (done,) = Path("results/runs").rglob("*.done.json")
    assert done.parent.name == "seed-0"
    assert tables(done.parent) == quiet(0)
    # With memory again, the same command.
    assert start().wait(timeout=900) == 0, out()
    assert tables(done.parent.with_name("seed-1")) == quiet(1)
    assert not Path("results/tiny/incomplete").exists()
