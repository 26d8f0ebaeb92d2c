"""What runs really hold, by Snakemake's own measurement, against what is reserved."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pandas
import pytest

from mpo_repro.study.reservations import MEMORY_MB

SNAKEFILE = Path(__file__).parents[2] / "Snakefile"

# One run that is computed operation by operation and one that the compiler fuses. Of a
# job that lasts less than half a minute Snakemake sees only the first seconds.
STUDY = """\
name: tiny
title: Tiny
tasks: [cheetah-run]
seeds: [0]
steps: 6000
evaluation: {interval: 3000, episodes: 10}
arms:
  plain: {recipe: paper, label: Plain}
  compiled: {recipe: paper, label: Compiled, set: {data.steps_per_update: 2.0}}
"""


@pytest.mark.slow
def test_a_run_holds_less_than_the_workflow_reserves_for_it(project):
    cache = project.root / "cache"
    variables = os.environ | {
        "OMP_NUM_THREADS": "1",
        "XDG_CACHE_HOME": str(cache),
        "TORCHINDUCTOR_CACHE_DIR": str(cache / "inductor"),
    }
    project.write("studies/tiny.yaml", STUDY)
    python = Path(sys.executable)
    plan = python.with_name("mpo-repro"), "plan", "tiny"
    subprocess.run(plan, check=True, env=variables)
    train = python, "-m", "snakemake", "--snakefile", SNAKEFILE, "--cores", "1"
    done = subprocess.run(
        [*map(str, train), "collect", "--config", "study=tiny"],
        capture_output=True,
        text=True,
        env=variables,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    files = Path("logs/train").rglob("*.tsv")
    held = [pandas.read_csv(file, sep="\t").max_rss[0] for file in files]
    sizes = re.findall(r"mem_mb=(\d+)", done.stdout + done.stderr)[:2]
    reserved = [*map(int, sizes), MEMORY_MB]  # by calibration, and without
    assert len(held) == 2 and len(reserved) == 3
    print(f"held, MB: {held}; reserved: {reserved}")
    # A process that has imported torch holds 200 MB: anything less was not measured.
    assert all(200 < size < min(reserved) for size in held)
