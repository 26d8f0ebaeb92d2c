"""The comparison with peers: its numbers, its picture, whom it names."""

import importlib.util
from pathlib import Path

import pytest

from mpo_repro.benchmark.interleaved import Timings
from mpo_repro.benchmark.sizes import Sizes

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "compare.py"


@pytest.fixture(scope="module")
def compare():
    described = importlib.util.spec_from_file_location("compare", SCRIPT)
    module = importlib.util.module_from_spec(described)
    described.loader.exec_module(module)
    return module


@pytest.fixture
def rows(compare):
    found = {name: Timings({}, [0.030]) for name in compare.LABELS}
    found["ours"] = Timings({"execution": "compiled"}, [0.009, 0.010, 0.012])
    found["rlox_100"] = Timings({"version": "1.2.0"}, [0.055])
    return compare.summarise(found)


def test_everybody_is_measured_against_ours(compare, rows):
    assert rows["ours"]["times_ours"] == 1
    assert rows["rlox_100"]["times_ours"] == pytest.approx(5.5)
    assert rows["plain"]["times_ours"] == pytest.approx(3)
    assert list(rows) == list(compare.LABELS)
    assert rows["ours"] == {
        "label": "mpo_repro, as it trains",
        "ours": True,
        "limit": False,
        "execution": "compiled",
        "median_ms": pytest.approx(10),
        "p10_ms": pytest.approx(9.2),
        "p90_ms": pytest.approx(11.6),
        "times_ours": 1,
    }
    assert rows["rlox_100"]["version"] == "1.2.0"


def test_the_picture_names_everybody(compare, rows, tmp_path):
    compare.draw(rows, tmp_path / "updates")
    found = (tmp_path / "updates.svg").read_text(encoding="utf-8")
    assert (tmp_path / "updates.png").stat().st_size > 0
    for label in compare.LABELS.values():
        assert f"<!-- {label} -->" in found


def test_everybody_has_a_process(compare):
    found = compare.rivals(Sizes(), threads=1)
    assert list(found) == list(compare.LABELS)
    for command in found.values():
        assert command.variables["OMP_NUM_THREADS"] == "1"
    scripts = {Path(command.arguments[1]) for command in found.values()}
    assert all(path.is_file() for path in scripts if path.suffix == ".py")
