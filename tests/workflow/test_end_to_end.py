"""Snakemake, from configuration to report, with real training."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas
import pytest

SNAKEFILE = Path(__file__).parents[2] / "Snakefile"

STUDY = """\
name: tiny
title: Tiny
tasks: [pendulum-swingup]
seeds: [0]
steps: 1200
evaluation: {interval: 600, episodes: 1}
arms:
  paper: {recipe: paper, label: Paper}
"""
# Enough updates for the compiler to be worth its time, in networks of no size.
COMPILED = """\
  compiled:
    recipe: paper
    label: Compiled
    set:
      policy.hidden: [8]
      critic.hidden: [8]
      data.initial_steps: 100
      data.steps_per_update: 0.5
"""


ENVIRONMENT = os.environ | {"OMP_NUM_THREADS": "1"}


def command(*arguments):
    start = [sys.executable, "-m", "snakemake", "--snakefile", str(SNAKEFILE)]
    return [*start, "--cores", "1", *arguments, "--config", "study=tiny"]


def snakemake(*arguments):
    """Runs the study; gives what was printed, and fails if Snakemake does."""
    done = subprocess.run(
        command(*arguments), capture_output=True, text=True, env=ENVIRONMENT
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.slow
def test_a_study_goes_from_its_file_to_its_report_and_on_from_there(project):
    project.write("studies/tiny.yaml", STUDY)
    snakemake("all")
    results = project.root / "results" / "tiny"
    page = (results / "report.html").read_text(encoding="utf-8")
    assert "pendulum-swingup" in page
    assert list((results / "figures").glob("*.svg"))
    before = pandas.read_parquet(results / "data" / "curves.parquet")
    assert before.environment_steps.max() <= 1200
    assert "Nothing to be done" in snakemake("all")

    snakemake("--report", "snakemake.html")
    overview = (project.root / "snakemake.html").read_text(encoding="utf-8")
    for caption in ("Learning curves: median", "Inside the learner", "study's page"):
        assert caption in overview

    project.edit("studies/tiny.yaml", "steps: 1200", "steps: 1800")
    snakemake("all")
    after = pandas.read_parquet(results / "data" / "curves.parquet")
    assert after.environment_steps.max() > 1200
    # The same run went on: what it had measured is still what it has measured.
    measured = ["kind", "environment_steps", "episode", "episode_return"]
    early = after[after.environment_steps <= before.environment_steps.max()]
    pandas.testing.assert_frame_equal(
        early[measured].sort_values(measured, ignore_index=True),
        before[measured].sort_values(measured, ignore_index=True),
    )


@pytest.mark.slow
def test_the_number_of_cores_changes_no_byte(project):
    study = STUDY.replace("seeds: [0]", "seeds: [0, 1]") + COMPILED
    project.write("studies/tiny.yaml", study)
    data, found = Path("results/tiny/data"), []
    for cores in ("1", "4"):
        shutil.rmtree("results", ignore_errors=True)
        snakemake("collect", "--cores", cores)
        names = "curves.parquet", "diagnostics.parquet"
        found.append([(data / name).read_bytes() for name in names])
        paths = pandas.read_parquet(data / "runs.parquet").execution_path
        assert sorted(paths) == 2 * ["compiled"] + 2 * ["plain"]
    assert found[0] == found[1]


@pytest.mark.slow
def test_what_control_c_cuts_off_goes_on_from_its_checkpoint(project):
    project.write("studies/tiny.yaml", STUDY.replace("steps: 1200", "steps: 6000"))
    # No further than the tables: on one core, the derivations would come first.
    start = command("collect")
    process = subprocess.Popen(start, env=ENVIRONMENT, start_new_session=True)
    try:
        wait_until(lambda: any(log.stat().st_size for log in files("logs", "*.log")))
        assert process.poll() is None
    finally:
        # As a terminal does: to every process of the group.
        os.killpg(process.pid, signal.SIGINT)
    assert process.wait(timeout=60) != 0
    wait_until(lambda: files("results/runs", "checkpoint/state*"))
    wait_until(lambda: files("results/runs", "run.json"))
    (record,) = files("results/runs", "run.json")
    assert json.loads(record.read_text())["ended"] == "interrupted"
    assert not files("results/runs", "*.done.json")

    snakemake("all")
    assert Path("results/tiny/report.html").exists()
    diagnostics = pandas.read_parquet("results/tiny/data/diagnostics.parquet")
    keys = ["arm", "seed", "name", "environment_steps", "learner_updates"]
    assert not diagnostics.duplicated(keys).any()


def files(folder: str, pattern: str) -> list[Path]:
    return list(Path(folder).rglob(pattern))


def wait_until(condition, seconds: float = 90):
    """Waits until a condition holds, and fails if it never does."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not after {seconds} seconds"
        time.sleep(0.1)
