"""What the benchmarks say, from times that are given."""

import pytest

from mpo_repro.benchmark import cohorts, environments, learner
from mpo_repro.benchmark.interleaved import Timings
from mpo_repro.benchmark.run import Stopwatch, summarise


def test_ratios_of_an_update():
    found = {
        "ours": Timings({"execution": "compiled", "first_seconds": 30.01}, [0.010]),
        "eager": Timings({"execution": "plain", "first_seconds": 1.0}, [0.020]),
        "plain": Timings({"first_seconds": 1.0}, [0.045]),
        "limit": Timings({"operations": 6e8, "first_seconds": 1.0}, [0.006]),
    }
    said = learner.summarise(found)
    assert said["median_ms"] == said["p90_ms"] == 10
    assert (said["plain_median_ms"], said["gemm_ms"]) == (45, 6)
    assert said["speedup_over_plain"] == pytest.approx(4.5)
    assert said["speedup_over_eager"] == pytest.approx(2)
    assert said["share_of_limit"] == pytest.approx(0.6)
    assert said["gemm_gflops"] == pytest.approx(100)
    assert said["compile_seconds"] == pytest.approx(30)


def test_ratios_of_a_step():
    seconds = {"ours": 1.2, "ours_within_a_round": 0.9, "envpool": 0.6}
    seconds |= {"dm_control": 3.0}
    found = {name: Timings({}, [value]) for name, value in seconds.items()}
    said = environments.summarise(found, steps=1000)
    assert said["median_ms"] == pytest.approx(1.2)
    assert said["within_a_round_median_ms"] == pytest.approx(0.9)
    assert said["share_of_limit"] == pytest.approx(0.5)
    assert said["speedup_over_plain"] == pytest.approx(2.5)


def test_shares_of_a_run():
    watch = Stopwatch()
    watch.seconds = {"sampling": 10.0, "updating": 70.0, "acting": 95.0}
    watch.seconds |= {"evaluating": 4.0, "saving": 1.0}
    watch.first = {"updating": 20.0}
    said = summarise(watch, 100.0)
    assert said["share_of_updates"] == pytest.approx(0.8)
    assert said["share_of_updates_once_compiled"] == pytest.approx(60 / 80)


def test_a_stopwatch_adds_what_shares_a_name():
    watch = Stopwatch()
    assert watch.around("x", lambda a: a + 1)(1) == 2
    first = dict(watch.first)
    watch.around("x", lambda: sum(range(1000)))()
    assert watch.first == first
    assert watch.seconds["x"] > watch.first["x"]


def test_what_the_gpu_leaves_of_an_update_is_spent_outside_it():
    seconds = [0.004, 0.005, 0.006]
    said = cohorts.summarise(Timings({"busy_ms": 4.0}, seconds), 10)
    assert said["outside_gpu"] == pytest.approx(0.2)
    assert (said["per_run_ms"], said["updates_per_second"]) == (0.5, 200)
    assert (
        cohorts.summarise(Timings({"busy_ms": None}, seconds), 1)["outside_gpu"] is None
    )
    assert cohorts.summarise(Timings({"busy_ms": 9.0}, seconds), 1)["outside_gpu"] == 0
