"""A study on a real Slurm: jobs that are cancelled or run out of time go on."""

import re
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from short_study import (
    ENVIRONMENT,
    ROOT,
    SEEDS,
    STUDY,
    out,
    quiet,
    replay,
    tables,
    training,
    wait_for,
)

SLURM_UP = Path(__file__).parent / "slurm_up.sh"
NOT_HERE = 77
# Of this cluster: no accounting; and a test has no time to lose.
HERE = (
    "--slurm-status-command=squeue",
    "--slurm-init-seconds-before-status-checks=2",
    "--latency-wait=5",
)
# Stops what trains where it has saved half of its first attempt, however fast the
# machine is. Slurm wakes it when it is to end, and kills it if it does not.
STOPPING = """\
import os
import signal
import sys
from pathlib import Path


def evaluate(self, *given):
    evaluated(self, *given)
    cohort.CHECKPOINT_SECONDS = 0.0 if first(self.folder) else SECONDS


def save(self):
    saved(self)
    if cohort.CHECKPOINT_SECONDS == 0.0:
        cohort.CHECKPOINT_SECONDS = SECONDS
        os.kill(os.getpid(), signal.SIGSTOP)


def first(folder):
    mark = Path(folder, "was-stopped")
    if mark.exists():
        return False
    mark.touch()
    return True


if sys.orig_argv[2:3] == ["train"]:  # what follows python and mpo-repro
    from mpo_repro.training import cohort, member

    SECONDS = cohort.CHECKPOINT_SECONDS
    evaluated, member.Member.evaluate = member.Member.evaluate, evaluate
    saved, cohort.Cohort.save = cohort.Cohort.save, save
"""


@pytest.fixture
def slurm(tmp_path_factory):
    """A Slurm of this machine; a word and no test where there is none."""
    folder = tmp_path_factory.mktemp("slurm")
    begun = subprocess.run([SLURM_UP, "up", folder], capture_output=True, text=True)
    try:
        if begun.returncode == NOT_HERE:
            pytest.skip(begun.stderr.strip())
        assert begun.returncode == 0, begun.stderr
        yield
    finally:
        subprocess.run([SLURM_UP, "down", folder], check=False)


@pytest.fixture
def workflow(project, monkeypatch):
    """The study as Snakemake hands it over, ended if the test ends."""
    # Elsewhere this machine may have been measured: then jobs have limits of their own.
    monkeypatch.setitem(ENVIRONMENT, "XDG_CACHE_HOME", str(project.root / "cache"))
    project.write("studies/tiny.yaml", STUDY)
    customised = project.root / "stopping" / "sitecustomize.py"
    customised.parent.mkdir()
    customised.write_text(STOPPING, encoding="utf-8")
    path = {"PYTHONPATH": str(customised.parent)}
    with (project.root / "out").open("w") as told:
        process = subprocess.Popen(
            snakemake("all"), env=ENVIRONMENT | path, stdout=told, stderr=told
        )
    yield process
    if process.poll() is None:
        process.send_signal(signal.SIGINT)  # takes its jobs back
        process.wait(timeout=300)


def snakemake(*arguments, study="tiny"):
    start = [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile"]
    profile = ["--workflow-profile", ROOT / "workflow" / "profiles" / "slurm"]
    return [*start, *arguments, *profile, *HERE, "--config", f"study={study}"]


def stopped():
    """Waits until both runs have stopped; gives (process, run folder) by seed."""

    def found():
        processes = [one for one in training() if one.status() == "stopped"]
        return len(processes) == len(SEEDS) and processes

    seeds = {int(one.cmdline()[-1]): one for one in wait_for(found, 600)}
    assert sorted(seeds) == [*SEEDS]
    (folders,) = {path.parents[1] for path in Path("results").rglob("run.json")}
    return [(seeds[seed], folders / f"seed-{seed}") for seed in SEEDS]


def job(process):
    """The id of the job that a process belongs to; None outside of jobs."""
    about = process.environ()
    names = "SLURM_ARRAY_JOB_ID", "SLURM_ARRAY_TASK_ID"
    return "_".join(about[name] for name in names) if {*names} <= {*about} else None


def end(state, name):
    """Waits for a job's state, and ends what outlives it.

    On a cluster its cgroup does that. Here Slurm loses sight of whose parent has ended.
    """
    wait_for(lambda: states(name) == [state])
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.cwd() == str(Path.cwd()) and job(process) == name:
                process.kill()


def states(job=None):
    """Lists (job, state) of all jobs, ended ones too."""
    command = ["squeue", "--noheader", "--states=all", "--array", "--format=%i %T"]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    rows = [line.split() for line in told.splitlines()]
    return [state for name, state in rows if job in (None, name)]


@pytest.mark.slow
def test_jobs_that_are_cut_off_go_on_to_the_same_curve(project, slurm, workflow):
    runs = stopped()
    cancelled, late = (job(process) for process, _ in runs)
    saved = [replay(folder) for _, folder in runs]
    assert all(saved)
    subprocess.run(["scancel", cancelled], check=True)
    limit = ["scontrol", "update", f"JobId={late}", "TimeLimit=1"]
    subprocess.run(limit, check=True)
    end("CANCELLED", cancelled)
    end("TIMEOUT", late)
    expected = [quiet(seed) for seed in SEEDS]
    assert workflow.wait(timeout=900) == 0, out()
    for (_, folder), parts, wanted in zip(runs, saved, expected, strict=True):
        assert tables(folder) == wanted
        # Who had begun anew would have written these again.
        assert parts.items() <= replay(folder).items()
    assert Path("results/tiny/report.html").stat().st_size
    # Both runs and the page, and the two that were cut off.
    assert sorted(states()) == ["CANCELLED", *3 * ["COMPLETED"], "TIMEOUT"]


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("sbatch"), reason="no sbatch")
def test_a_thousand_runs_would_be_handed_over(project):
    seeds = ", ".join(map(str, range(1000)))
    project.write("studies/tiny.yaml", STUDY.replace("0, 1", seeds))
    command = snakemake("all", "-n", "--quiet", "rules")
    done = subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT)
    assert done.returncode == 0, done.stderr
    assert re.search(r"^train +1000$", done.stdout, re.MULTILINE)
