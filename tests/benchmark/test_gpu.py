"""The script for a GPU: its parts on the CPU, and its table without them."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "gpu.sh"


@pytest.fixture(scope="module")
def gpu():
    described = importlib.util.spec_from_file_location("gpu", SCRIPT.with_suffix(".py"))
    module = importlib.util.module_from_spec(described)
    described.loader.exec_module(module)
    return module


def rows(text):
    """The cells of each line of a table."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_what_is_not_measured_says_so_and_everything_else_is_there(gpu):
    speed = {"median_ms": 12.5, "updates_per_second": 80.0, "outside_gpu": 0.25}
    learning = {
        "steps": 20_000,
        "seconds": 61.2,
        "returns": [100.0, 120.0, 80.0, 100.0],
    }
    found = rows(
        gpu.table(
            {
                "updates": {"cuda": {"1": speed, "256": None}},
                "learning": {"cuda": None, "cpu": learning},
            }
        )
    )
    missing = ["not measured"] * 3
    assert found[2:4] == [
        ["cuda", "1", "12.50", "80.0", "25%"],
        ["cuda", "256", *missing],
    ]
    assert found[6:] == [
        ["cuda", *missing],
        ["cpu", "20,000", "61", "100.0, 16.3"],
    ]


def test_a_part_for_which_no_time_is_left_is_not_measured(gpu, tmp_path):
    assert gpu._output(["doctor"], 0.0, tmp_path) is None


@pytest.mark.slow
@pytest.mark.skipif(torch.cuda.is_available(), reason="what it prints without a GPU")
def test_all_parts_run_on_the_cpu(tmp_path):
    words = [SCRIPT, "--device", "cpu", "--quick", "--out", tmp_path]
    done = subprocess.run(
        words,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env=os.environ | {"PYTHON": sys.executable},
    )
    table = rows(done.stdout)
    by_device = {(row[0], row[1]): row[2:] for row in table if len(row) == 5}
    known = {(device, runs) for device in ("cpu", "cuda") for runs in ("1", "2")}
    assert known < set(by_device)  # and the lines of the head
    assert all(float(by_device["cpu", runs][1]) > 0 for runs in ("1", "2"))
    assert by_device["cuda", "2"] == ["not measured"] * 3
    assert table[-1][:2] == ["cpu", "400"]
    found = json.loads((tmp_path / "gpu.json").read_text())
    assert len(found["learning"]["cpu"]["returns"]) == 4
    assert found["updates"]["cuda"] == {"1": None, "2": None}
