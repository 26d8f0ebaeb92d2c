"""The command line of the benchmarks."""

import json

import pytest

from mpo_repro.cli import app

KEYS = {
    "median_ms",
    "p10_ms",
    "p90_ms",
    "plain_median_ms",
    "gemm_ms",
    "speedup_over_plain",
    "share_of_limit",
    "compile_seconds",
}
TINY = "--batch 8 --samples 2 --observations 3 --actions 1 --policy 4 --critic 4"


def called(capfd, *words) -> tuple[int, str]:
    with pytest.raises(SystemExit) as end:
        app.main(["benchmark", *words])
    return end.value.code, capfd.readouterr()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["learner", "--policy", "a,b"], "--policy: given a,b; allowed: numbers"),
        (["learner", "--execution", "quick"], "--execution: given quick"),
        (["learner", "--critic", "0"], "--critic: given 0; allowed: numbers from 1"),
        (["cohorts", "--runs", "0,4"], "--runs: given 0,4; allowed: numbers from 1"),
        (["environments", "--task", "cheeta-run"], "did you mean cheetah-run"),
        (["run", "--recipe", "papper"], "did you mean paper"),
    ],
)
def test_a_wrong_option_ends_with_2_and_one_line(capfd, words, said):
    code, output = called(capfd, *words)
    assert code == 2
    assert said in output.err
    assert output.err.count("\n") == 1


@pytest.mark.slow
def test_an_update_is_measured_beside_its_limit(capfd):
    words = f"learner {TINY} --execution plain --rounds 2 --repetitions 2 --json"
    code, output = called(capfd, *words.split())
    assert not code, output.err
    found = json.loads(output.out)
    assert found.keys() > KEYS
    assert found["compile_seconds"] == 0
    assert 0 < found["p10_ms"] <= found["median_ms"] <= found["p90_ms"]
    ratio = found["plain_median_ms"] / found["median_ms"]
    assert found["speedup_over_plain"] == pytest.approx(ratio)


@pytest.mark.slow
def test_what_learners_lose_side_by_side_is_measured(capfd):
    words = "scaling --rounds 1 --repetitions 1 --execution plain --json"
    code, output = called(capfd, *words.split())
    assert not code, output.err
    found = json.loads(output.out)
    ratio = found["together_ms"] / found["alone_ms"]
    assert found["loss"] == pytest.approx(ratio - 1)


@pytest.mark.slow
def test_steps_are_measured_for_each_task(capfd):
    words = "environments --task pendulum-swingup --count 1 --rounds 1 --json"
    code, output = called(capfd, *words.split())
    assert not code, output.err
    found = json.loads(output.out)["tasks"]["pendulum-swingup"]
    assert {"median_ms", "limit_ms", "plain_median_ms", "share_of_limit"} < found.keys()


@pytest.mark.slow
def test_a_run_says_where_its_time_went(capfd):
    words = "run --task pendulum-swingup --steps 2000 --evaluations 1 --episodes 1"
    code, output = called(capfd, *words.split(), "--json")
    assert not code, output.err
    found = json.loads(output.out)
    assert 0 < found["share_of_updates"] < 1
    parts = "learning", "acting", "evaluating", "saving"
    spent = sum(found[f"{part}_seconds"] for part in parts)
    assert spent <= found["seconds"]


@pytest.mark.slow
def test_a_dry_run_is_measured(capfd):
    code, output = called(capfd, *["workflow", "--runs", "10", "--json"])
    assert not code, output.err
    found = json.loads(output.out)
    assert found["runs"] == 10
    assert found["cpu_seconds"] > 0
