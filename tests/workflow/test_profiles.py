"""What Snakemake would do with each of the profiles that come along."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PROFILES = ROOT / "workflow" / "profiles"
HELD = {  # in every one, because it takes the place of the default
    "rerun-triggers": ["mtime", "input"],
    "rerun-incomplete": True,
    "keep-going": True,
    "show-failed-logs": True,
    "scheduler": "greedy",
}


@pytest.mark.parametrize("name", ["default", "gpu", "slurm"])
def test_a_profile_keeps_what_has_to_hold_everywhere(name):
    text = (PROFILES / name / "config.yaml").read_text("utf-8")
    assert HELD.items() <= yaml.safe_load(text).items()


def test_the_cluster_holds_no_run_of_a_study_back_and_removes_none():
    # The plugin forgets what is ready beside an array that is not full.
    profile = yaml.safe_load((PROFILES / "slurm" / "config.yaml").read_text("utf-8"))
    at_once, _, second = profile["max-jobs-per-timespan"].partition("/")
    assert (profile["jobs"], second) == (int(at_once), "1s")
    assert profile["jobs"] > 2 * 2800  # runs of the largest study, the paper's
    assert profile["keep-incomplete"]  # or who fails removes another one's marker
    page = {rule.partition("=")[0] for rule in profile["groups"]}
    rules = "".join(path.read_text("utf-8") for path in ROOT.glob("workflow/rules/*"))
    found = set(re.findall(r"^rule (\w+):", rules, re.MULTILINE))
    assert found - page == {"train", "cohort"}


def test_a_gpu_trains_cohorts(project):
    start = [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile"]
    profile = ["--workflow-profile", PROFILES / "gpu"]
    done = subprocess.run(
        [*start, "-np", "all", *profile, "--config", "study=tiny"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert re.search(r"^cohort +4$", done.stdout, re.MULTILINE)
    assert "--device cuda" in done.stdout
    assert not re.search(r"^train ", done.stdout, re.MULTILINE)
