"""Searches: scores of planted runs, and what each rung leads to."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpo_repro.analysis import published
from mpo_repro.analysis.results import Results
from mpo_repro.config import ConfigError, load_recipe, load_study, override
from mpo_repro.config.files import CHECKOUT
from mpo_repro.study import rungs, search
from mpo_repro.study.search import Score

HUNT = """\
name: hunt
title: Hunt
tasks: [walker-stand, reacher-hard]
seeds: [30, 31]
steps: 4000
evaluation: {interval: 1000, episodes: 2}
search:
  base: paper
  writes: found
  fraction: 0.5
  rungs:
    - {steps: 6000, seeds: [30, 31, 32], combine: [1, 2, 9]}
    - {steps: 8000, seeds: [30], keep: 2}
arms:
  paper: {recipe: paper, label: Paper}
  batch-64: {recipe: paper, label: small, set: {data.batch_states: 64}}
  batch-128: {recipe: paper, label: middling, set: {data.batch_states: 128}}
  exp: {recipe: paper, label: exp, set: {multipliers.transform: exp}}
  stddev: {recipe: paper, label: narrow, set: {policy.initial_stddev: 0.3}}
  tanh:
    recipe: paper
    label: tanh
    set: {policy.bounds: tanh, improvement.fitted_actions: sampled}
  executed:
    recipe: paper
    label: executed
    set: {improvement.fitted_actions: executed}
"""
RETURNS = {  # arm: return, the same on both tasks
    "paper": 300.0,
    "batch-64": 350.0,
    "batch-128": 450.0,
    "exp": 500.0,
    "stddev": 290.0,
    "tanh": 300.0,
    "executed": 320.0,
}


@pytest.fixture
def hunt(project):
    """The first rung of a search."""
    project.write("studies/hunt.yaml", HUNT)
    return load_study("hunt")


def planted(study, returns, early=0.0, **changes):
    """Makes the tables of a study whose returns are known.

    Args:
      study: the study.
      returns: arm -> return in the second half; in the first it is `early`.
      changes: ARM_state of some arms, e.g. exp="diverged".
    """
    curves, runs = [], []
    for run in study.own_runs():
        names = {"task": run.task, "arm": run.arm, "seed": run.seed}
        state = changes.get(run.arm, "finished")
        ended = state if state == "diverged" else ""
        state = "unfinished" if ended else state
        runs.append(names | {"hash": run.hash, "state": state, "ended": ended})
        for step in range(1000, run.steps + 1, 1000):
            mean = returns[run.arm] if step > run.steps / 2 else early
            for kind, shift in (("sampled", 0.0), ("mean", 77.0)):
                for episode, scatter in enumerate((-5.0, 5.0)):
                    curves.append(
                        names
                        | {
                            # Environments that step together pass a mark by a few.
                            "environment_steps": step + run.seed % 4,
                            "kind": kind,
                            "episode": episode,
                            "episode_return": mean + shift + scatter,
                        }
                    )
    empty = pd.DataFrame()
    tables = pd.DataFrame(curves), empty, empty, pd.DataFrame(runs)
    return Results(study.file.parent, {}, *tables)


def test_a_score_is_the_sampled_return_of_the_last_share_over_tasks_and_seeds(hunt):
    ranked = search.ranking(hunt, planted(hunt, RETURNS, early=999.0))
    assert [score.arm for score in ranked] == [
        *("exp", "batch-128", "batch-64", "executed", "paper", "tanh", "stddev")
    ]
    assert ranked[0].mean == pytest.approx(0.5)
    assert ranked[0].tasks == pytest.approx({"walker-stand": 0.5, "reacher-hard": 0.5})


def test_tasks_weigh_the_same_and_so_do_seeds(hunt):
    results = planted(hunt, RETURNS)
    curves = results.curves
    mine = (curves["arm"] == "paper") & (curves["task"] == "reacher-hard")
    curves.loc[mine & (curves["seed"] == 31), "episode_return"] += 400.0
    paper = {one.arm: one for one in search.ranking(hunt, results)}["paper"]
    assert paper.tasks["reacher-hard"] == pytest.approx(0.5)
    assert paper.mean == pytest.approx((0.3 + 0.5) / 2)


def test_a_run_that_diverged_has_the_worst_score(hunt):
    results = planted(hunt, RETURNS, exp="diverged")
    ranked = search.ranking(hunt, results)
    assert (ranked[-1].arm, ranked[-1].mean) == ("exp", 0.0)


@pytest.mark.parametrize("state", ["missing", "unfinished", "broken"])
def test_a_rung_without_all_of_its_runs_is_refused(hunt, state):
    with pytest.raises(ConfigError, match="4 runs short, exp on walker-stand, seed 30"):
        search.ranking(hunt, planted(hunt, RETURNS, exp=state))


def test_tables_of_other_settings_are_refused(hunt, project):
    results = planted(hunt, RETURNS)
    project.edit("studies/hunt.yaml", "batch_states: 64", "batch_states: 32")
    with pytest.raises(ConfigError, match="4 runs short, batch-64"):
        search.ranking(load_study("hunt"), results)


def test_alternatives_share_a_setting(hunt):
    assert search.points(hunt) == [
        ["batch-64", "batch-128"],
        ["exp"],
        ["stddev"],
        ["tanh", "executed"],
    ]


def test_the_next_rung_makes_the_changes_that_gain_most_together(hunt):
    ranked = search.ranking(hunt, planted(hunt, RETURNS))
    assert search.winners(hunt, ranked) == ["exp", "batch-128", "executed"]
    arms = search.next_arms(hunt, ranked)
    assert {name: arm.set for name, arm in arms.items()} == {
        "paper": {},
        "best-1": {"multipliers.transform": "exp"},
        "best-2": {"multipliers.transform": "exp", "data.batch_states": 128},
        "best-3": {
            "multipliers.transform": "exp",
            "data.batch_states": 128,
            "improvement.fitted_actions": "executed",
        },
    }
    assert arms["best-2"].label == "exp, middling"


def test_where_nothing_gains_the_base_goes_on_alone(hunt):
    ranked = search.ranking(hunt, planted(hunt, dict.fromkeys(RETURNS, 300.0)))
    assert ranked[0].arm == "paper"  # of equal ones the first
    assert list(search.next_arms(hunt, ranked)) == ["paper"]


def follow(study, returns):
    """Writes what follows a rung with planted returns; gives its file."""
    ranked = search.ranking(study, planted(study, returns))
    file = rungs.next_file(study, ranked)
    rungs.write(file)
    return file


def test_rungs_lead_to_the_recipe_and_extend_their_runs(hunt):
    file = follow(hunt, RETURNS)
    second = load_study("hunt-2")
    assert (second.file, second.title) == (file.path, "Hunt, rung 2")
    assert (second.steps, second.seeds) == (6000, (30, 31, 32))
    assert (second.tasks, second.evaluation) == (hunt.tasks, hunt.evaluation)
    both = {run.folder for run in hunt.runs()} & {run.folder for run in second.runs()}
    assert len(both) == 2 * 2 * 2  # the base and the best arm, which is one of them
    follow(second, {"paper": 1.0, "best-1": 2.0, "best-2": 4.0, "best-3": 3.0})
    third = load_study("hunt-3")
    assert list(third.arms) == ["best-2", "best-3"]
    assert third.search.rungs == ()
    assert {run.folder for run in third.runs()} < {run.folder for run in second.runs()}
    recipe = follow(third, {"best-2": 2.0, "best-3": 3.0})
    assert recipe.path.name == "found.yaml"
    assert load_recipe("found") == third.recipe("best-3")
    line = f"{'  batch_states: 128':30}# Open: chosen in hunt\n"
    assert line in recipe.text


def test_a_recipe_that_changes_nothing_is_filled_in_and_no_other_replaced(
    hunt, project
):
    file = rungs.NextFile(project.root / "paper_configs/recipes/x.yaml", "extends: a\n")
    project.write("recipes/x.yaml", "extends: paper\ndescription: Not chosen yet.\n")
    rungs.write(file)
    assert file.path.read_text() == file.text
    rungs.write(file)  # the same once more
    project.write("recipes/x.yaml", "extends: paper\ncritic: {hidden: [7]}\n")
    with pytest.raises(ConfigError, match=r"x.yaml: given another content"):
        rungs.write(file)
    assert "[7]" in file.path.read_text()


def test_the_same_scores_give_the_same_file(hunt):
    ranked = search.ranking(hunt, planted(hunt, RETURNS))
    assert rungs.next_file(hunt, ranked) == rungs.next_file(load_study("hunt"), ranked)


@given(st.lists(st.sampled_from([0.0, 0.1, 0.2, 0.5]), min_size=7, max_size=7))
def test_winners_beat_the_base_their_alternatives_and_stand_in_order(means):
    study = load_study(CHECKOUT / "paper_configs/studies/paper-open-search.yaml")
    arms = ("paper", "l-2", "l-4", "squashed", "executed", "normalised", "retrace-4")
    said = study.model_dump(mode="json") | {"arms": {a: study.arms[a] for a in arms}}
    study = type(study).model_validate(said)
    scores = [Score(arm, mean, {}) for arm, mean in zip(arms, means, strict=True)]
    ranked = sorted(scores, key=lambda score: -score.mean)
    found, of = search.winners(study, ranked), dict(zip(arms, means, strict=True))
    assert all(of[arm] > of["paper"] for arm in found)
    assert [of[arm] for arm in found] == sorted((of[a] for a in found), reverse=True)
    for names in search.points(study):
        best = max(of[name] for name in names)
        chosen = [name for name in names if name in found]
        assert [of[name] for name in chosen] == [best] * (best > of["paper"])


def test_published_scores_are_of_the_same_steps_where_they_are_covered(hunt):
    assert search.published_scores(hunt) == {}
    long = hunt.model_copy(update={"steps": 100_000})
    found = search.published_scores(long)
    assert list(found) == list(hunt.tasks)
    curve = published.quantile_curve("walker-stand", 100_000, 50_000)
    assert found["walker-stand"] == pytest.approx(
        curve["median"].iloc[-1] / 1e3, abs=0.1
    )
    assert np.isfinite(list(found.values())).all()


def test_an_arm_of_the_next_rung_is_its_recipe_with_all_changes(hunt):
    ranked = search.ranking(hunt, planted(hunt, RETURNS))
    follow(hunt, RETURNS)
    arms = search.next_arms(hunt, ranked)
    second = load_study("hunt-2")
    for name, arm in arms.items():
        assert second.recipe(name) == override(load_recipe("paper"), arm.set)
