"""Snakemake, asked what it would do."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mpo_repro.config import load_study
from mpo_repro.study import archive, calibration
from mpo_repro.study.cost import Task

ROOT = Path(__file__).parents[2]
TASKS = ("pendulum-swingup", "reacher-easy")
DERIVATIONS = {"derivations": 1, "derivations_of_study": 1}
JUDGED = DERIVATIONS | {"collect": 1, "verdicts": 1, "figures": 1}


def snakemake(*arguments, **variables):
    """Runs Snakemake in the current folder on the project's Snakefile."""
    command = [
        sys.executable,
        "-m",
        "snakemake",
        "--snakefile",
        str(ROOT / "Snakefile"),
    ]
    environment = os.environ | variables
    return subprocess.run(
        [*command, *arguments], capture_output=True, text=True, env=environment
    )


def counts(output: str) -> dict[str, int]:
    """Reads the table of jobs from what a dry run prints."""
    lines = output.partition("Job stats:\n")[2].split("\n\n")[0].splitlines()[2:]
    return {name: int(count) for name, count in (line.split() for line in lines)}


def dry_run(*targets):
    done = snakemake("-n", *targets, "--config", "study=tiny")
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def make(path: Path, age: float = 0):
    """Writes a file that was last changed `age` seconds ago."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    os.utime(path, (time.time() - age,) * 2)


def markers(root: Path) -> list[Path]:
    return [root / run.marker for run in load_study("tiny").runs()]


@pytest.fixture
def finished(project):
    """A project whose study is done, every file a while after what it is made of."""
    for file in (project.root / "paper_configs").rglob("*.yaml"):
        make(file, age=500)
    for marker in markers(project.root):
        marker.parent.mkdir(parents=True)
        marker.write_text('{"steps": 3000, "finished": true}')  # as older runs have it
        make(marker, age=400)
    folder = project.root / "results" / "tiny"
    for table in ("curves", "diagnostics", "runs", "timing"):
        make(folder / "data" / f"{table}.parquet", age=300)
    make(folder / "data" / "study.json", age=300)
    # The package's own files may be as new as this test.
    make(project.root / "results" / "derivations" / "certificates.json")
    for file in ("certificates.json", "errata.yaml"):
        make(folder / "data" / file)
    make(folder / "data" / "speed.json")
    for file in ("verdicts.json", "verdicts.parquet"):
        make(folder / "data" / file)
    make(folder / "figures" / ".snakemake_timestamp")
    os.utime(folder / "figures")
    for file in ("report.html", "manifest.json"):
        make(folder / file)
    return project


@pytest.mark.parametrize(
    ("target", "jobs"),
    [
        ("all", {"speed": 1, "report": 1, "all": 1} | JUDGED),
        ("report", {"speed": 1, "report": 1} | JUDGED),
        ("figures", JUDGED),
    ],
)
def test_a_target_asks_for_every_run_and_no_more_than_it_needs(project, target, jobs):
    planned = counts(dry_run(target))
    assert planned.pop("total") == sum(planned.values())
    assert planned == {"train": 8} | jobs


@pytest.mark.parametrize("cohort", [1, 8])
def test_a_path_in_place_of_the_study_s_reaches_every_job(project, cohort):
    given = "study=tiny", f"cohort={cohort}"
    target = ["-n", "-p", "collect", "--config", *given]
    commands = snakemake(*target).stdout, snakemake(*target, "execution=plain").stdout
    counted = [text.count("--study tiny") for text in commands]
    assert counted == [8 if cohort == 1 else 4] * 2
    assert [text.count("--execution plain") for text in commands] == [0, counted[0]]
    wrong = snakemake(*target, "execution=quick")
    assert wrong.returncode
    assert "quick" in wrong.stdout + wrong.stderr


def test_derivations_are_checked_without_a_run(project):
    planned = counts(dry_run("derivations"))
    assert planned == {"derivations": 1, "total": 1}


def test_the_profile_is_found(project):
    assert "workflow specific profile" in dry_run()


def test_a_calibrated_machine_reserves_time_and_memory(project, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(project.root / "cache"))
    assert "mem_mb=1500" in dry_run("collect")
    tasks = {f"{task} envpool": Task(0.0, 0.0, 0.0, 0.3) for task in TASKS}
    memory = {"plain": 398e6, "compiled": 398e6}
    updates = ((1e6, 0.0), (1e12, 0.0))
    acting = {"plain": 0.0, "compiled": 0.0}
    about = "a machine", "cpu", 0.0, (0.0, 0.0), updates, acting, 1.0
    calibration.save(calibration.Calibration(*about, memory, tasks))
    said = dry_run("collect")
    # 3,000 steps and thrice 4 episodes of 1,000, at 0.3 s: 75 minutes, and twice that.
    assert said.count("runtime=150") == said.count("mem_mb=500") == 8


def test_nothing_is_left_to_do_when_all_is_there(finished):
    assert "Nothing to be done" in dry_run()


def test_nothing_is_left_to_do_where_an_archive_was_restored(
    finished, tmp_path_factory, monkeypatch
):
    make(finished.root / "results" / "tiny" / "figures" / "a.svg")
    archive.archive(load_study("tiny"), finished.root / "tiny.tar")
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    archive.restore(finished.root / "tiny.tar")
    assert "Nothing to be done" in dry_run()
    Path("results/tiny/report.html").unlink()
    assert counts(dry_run()) == {"report": 1, "all": 1, "total": 2}


def test_an_edited_comment_trains_nothing(finished):
    path = finished.root / "paper_configs" / "recipes" / "paper.yaml"
    path.write_text("# A remark.\n" + path.read_text())
    assert "Nothing to be done" in dry_run()
    path = finished.root / "paper_configs" / "studies" / "tiny.yaml"
    path.write_text("# A remark.\n" + path.read_text())
    assert "train" not in counts(dry_run())


def test_a_changed_setting_trains_its_arm_only(finished):
    finished.edit("studies/tiny.yaml", "[300, 300]", "[301, 301]")
    assert counts(dry_run())["train"] == 4


def test_a_larger_budget_goes_on_with_every_run(finished):
    finished.edit("studies/tiny.yaml", "steps: 3000", "steps: 4000")
    assert counts(dry_run())["train"] == 8


def test_one_more_seed_is_one_run_an_arm_and_task(finished):
    finished.edit("studies/tiny.yaml", "[0, 7]", "[0, 7, 9]")
    planned = counts(dry_run())
    assert (planned["train"], planned["collect"], planned["report"]) == (4, 1, 1)


def test_a_lost_run_is_trained_again_once_the_tables_need_it(finished):
    markers(finished.root)[3].unlink()
    assert "Nothing to be done" in dry_run()
    for lost in ("report.html", "data/curves.parquet"):
        (finished.root / "results/tiny" / lost).unlink()
    planned = counts(dry_run())
    assert (planned["train"], planned["collect"], planned["report"]) == (1, 1, 1)


def test_a_wrong_study_ends_in_one_clear_line(project):
    done = snakemake("-n", "--config", "study=tinny")
    lines = [line for line in done.stderr.splitlines() if "profile" not in line]
    assert done.returncode == 1
    assert len(lines) == 1
    assert "given tinny; allowed: did you mean tiny" in lines[0]


def test_an_unknown_key_of_the_workflow_is_refused(project):
    done = snakemake("-n", "--config", "studdy=tiny")
    assert done.returncode == 1
    assert "'studdy' was unexpected" in done.stdout + done.stderr


def test_the_snakefile_imports_neither_torch_nor_a_simulator(project):
    # `-X importtime` writes every import of the process to its error stream.
    done = snakemake("-n", "--config", "study=tiny", PYTHONPROFILEIMPORTTIME="1")
    assert done.returncode == 0
    modules = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "mpo_repro.study.jobs" in modules
    heavy = {"torch", "dm_control", "envpool", "mujoco", "matplotlib"}
    assert not modules & heavy


def test_the_study_of_the_paper_is_read_in_two_seconds(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # so that the project's own paper_configs are found
    code = (
        "import time\n"
        "from mpo_repro.study.jobs import plan_jobs\n"
        "jobs = plan_jobs('paper')\n"
        "print(len(jobs.markers), time.process_time())"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    count, seconds = done.stdout.split()
    assert int(count) >= 2800
    # Of the processor, from the start of Python: others may be busy too.
    assert float(seconds) < 2
