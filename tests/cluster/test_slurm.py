"""A study on a real Slurm: jobs that are cancelled or run out of time go on."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas
import psutil
import pytest

from mpo_repro.training.cohort import CHECKPOINT_SECONDS

ROOT = Path(__file__).parents[2]
SLURM_UP = Path(__file__).parent / "slurm_up.sh"
NOT_HERE = 77
STUDY = """\
name: tiny
title: Tiny
tasks: [pendulum-swingup]
seeds: [0, 1]
steps: 6000
evaluation: {interval: 3000, episodes: 1}
arms:
  small:
    recipe: paper
    label: Small
    set: {policy.hidden: [8], critic.hidden: [8]}
"""
SEEDS = 0, 1
# Of this cluster: no accounting; and a test has no time to lose.
HERE = (
    "--slurm-status-command=squeue",
    "--slurm-init-seconds-before-status-checks=2",
    "--latency-wait=5",
)
ENVIRONMENT = os.environ | {
    "OMP_NUM_THREADS": "1",
    "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
}


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
    with (project.root / "out").open("w") as out:
        process = subprocess.Popen(
            snakemake("all"), env=ENVIRONMENT, stdout=out, stderr=out
        )
    yield process
    if process.poll() is None:
        process.send_signal(signal.SIGINT)  # takes its jobs back
        process.wait(timeout=300)


def snakemake(*arguments, study="tiny"):
    start = [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile"]
    profile = ["--workflow-profile", ROOT / "workflow" / "profiles" / "slurm"]
    return [*start, *arguments, *profile, *HERE, "--config", f"study={study}"]


def wait_for(condition, what, seconds=180):
    """Waits for what a function gives that is not empty."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, f"no {what} after {seconds} s"
        time.sleep(0.2)
    return found


def training(seed):
    """Waits for a seed's training; gives its process and run folder."""
    found = wait_for(lambda: [*Path().rglob(f"seed-{seed}/run.json")], "run.json")
    words = {"train", "--seed", str(seed)}
    for process in psutil.process_iter(["cmdline", "cwd"]):
        line = process.info["cmdline"] or []
        here = process.info["cwd"] == str(Path.cwd())
        if here and words <= {*line} and "snakemake" not in line:
            return process, found[0].parent
    raise AssertionError(f"nobody trains seed {seed}")


def stop_after_checkpoint(process, folder):
    """Stops a process once it has saved its state; gives the id of its job."""
    process.resume()
    wait_for(lambda: [*folder.glob("checkpoint/state*")], "checkpoint")
    time.sleep(0.3)  # for what belongs to it
    process.suspend()
    assert not list(folder.glob("*.done.json")), "it was too quick"
    about = process.environ()
    return f"{about['SLURM_ARRAY_JOB_ID']}_{about['SLURM_ARRAY_TASK_ID']}"


def states(job=None):
    """Lists (job, state) of all jobs, ended ones too."""
    command = ["squeue", "--noheader", "--states=all", "--array", "--format=%i %T"]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    rows = [line.split() for line in told.splitlines()]
    return [state for name, state in rows if job in (None, name)]


def quiet(seed):
    """Trains a seed where nobody is in the way; gives its tables."""
    command = ["mpo-repro", "train", "--study", "tiny", "--arm", "small"]
    where = [
        "--task",
        "pendulum-swingup",
        "--seed",
        str(seed),
        "--out",
        f"quiet/{seed}",
    ]
    subprocess.run([*command, *where], check=True, capture_output=True, env=ENVIRONMENT)
    return tables(Path("quiet", str(seed)))


def tables(folder):
    names = "curve.parquet", "diagnostics.parquet"
    return [(folder / name).read_bytes() for name in names]


@pytest.mark.slow
def test_jobs_that_are_cut_off_go_on_to_the_same_curve(project, slurm, workflow):
    runs = [training(seed) for seed in SEEDS]
    for process, _ in runs:
        process.suspend()
    paused, expected = time.monotonic(), [quiet(seed) for seed in SEEDS]
    time.sleep(max(0, paused + CHECKPOINT_SECONDS - time.monotonic()))
    cancelled, late = (stop_after_checkpoint(*run) for run in runs)
    subprocess.run(["scancel", cancelled], check=True)
    limit = ["scontrol", "update", f"JobId={late}", "TimeLimit=1"]
    subprocess.run(limit, check=True)
    wait_for(lambda: states(cancelled) == ["CANCELLED"], "cancelled job")
    wait_for(lambda: states(late) == ["TIMEOUT"], "job out of time")
    assert workflow.wait(timeout=900) == 0, Path("out").read_text()[-5000:]
    for (_, folder), wanted in zip(runs, expected, strict=True):
        assert tables(folder) == wanted
        # The pause is in all times of a run that went on from its checkpoint.
        timing = pandas.read_parquet(folder / "timing.parquet")
        assert timing.wall_seconds.min() > CHECKPOINT_SECONDS
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
