"""Studies: what their file may say, and the runs that follow from it."""

import subprocess
import sys
from pathlib import Path

import pytest

from mpo_repro.config import ConfigError, load_recipe, load_study, override

SAC = Path(__file__).parents[2] / "paper_configs/recipes/sb3-sac.yaml"


def test_runs_are_the_product_of_arms_tasks_and_seeds(project):
    runs = load_study("tiny").runs()
    assert [(r.arm, r.task, r.seed) for r in runs] == [
        (arm, task, seed)
        for arm in ("paper", "wide")
        for task in ("pendulum-swingup", "reacher-easy")
        for seed in (0, 7)
    ]
    assert {run.steps for run in runs} == {3000}
    wide = override(load_recipe("paper"), {"policy.hidden": [300, 300]})
    assert runs[0].recipe == load_recipe("paper")
    assert runs[-1].recipe == wide
    assert len({run.folder for run in runs}) == 8


def test_a_run_is_a_folder_named_by_task_hash_and_seed(project):
    run = load_study("tiny").run("wide", "reacher-easy", 7)
    folder = Path("results/runs/reacher-easy") / run.hash / "seed-7"
    assert run.folder == folder
    assert run.marker == folder / "steps-3000.done.json"
    assert run in load_study("tiny").runs()


def test_budget_schedule_and_names_do_not_move_a_run(project):
    before = load_study("tiny").run("wide", "reacher-easy", 7)
    project.edit("studies/tiny.yaml", "interval: 1000", "interval: 10")
    project.edit("studies/tiny.yaml", "steps: 3000", "steps: 9000")
    project.edit("studies/tiny.yaml", "wide:", "broad:")
    after = load_study("tiny").run("broad", "reacher-easy", 7)
    assert after.folder == before.folder
    assert after.marker.name == "steps-9000.done.json"


def test_a_task_may_have_its_own_budget(project):
    project.edit(
        "studies/tiny.yaml", "steps:", "task_steps: {reacher-easy: 9000}\nsteps:"
    )
    study = load_study("tiny")
    steps = {(run.task, run.steps) for run in study.runs()}
    assert steps == {("pendulum-swingup", 3000), ("reacher-easy", 9000)}
    run = study.run("wide", "reacher-easy", 7)
    assert run.marker.name == "steps-9000.done.json"
    assert (study.budget("reacher-easy"), study.budget("pendulum-swingup")) == (
        9000,
        3000,
    )


def test_an_arm_may_have_some_of_the_tasks_and_seeds_only(project):
    narrow = "label: Wide\n    tasks: [reacher-easy]\n    seeds: [7]"
    project.edit("studies/tiny.yaml", "label: Wide", narrow)
    study = load_study("tiny")
    runs = [(run.arm, run.task, run.seed) for run in study.runs()]
    assert len(runs) == 5
    assert runs[-1] == ("wide", "reacher-easy", 7)
    with pytest.raises(ConfigError, match=r"arms\.wide\.tasks: given pendulum-swingup"):
        study.run("wide", "pendulum-swingup", 7)
    with pytest.raises(ConfigError, match=r"arms\.wide\.seeds: given 0; allowed: .* 7"):
        study.run("wide", "reacher-easy", 0)


def test_the_execution_path_moves_no_run_and_only_mpo_has_one(project):
    before = load_study("tiny").runs()
    project.write("recipes/sac.yaml", SAC.read_text(encoding="utf-8"))
    project.edit("studies/tiny.yaml", "arms:", "execution: plain\narms:")
    project.edit(
        "studies/tiny.yaml", "  wide:", "  sac: {recipe: sac, label: S}\n  wide:"
    )
    runs = load_study("tiny").runs()
    paths = {run.arm: run.execution for run in runs}
    assert paths == {"paper": "plain", "sac": None, "wide": "plain"}
    folders = [run.folder for run in runs if run.arm != "sac"]
    assert folders == [run.folder for run in before]
    project.edit("studies/tiny.yaml", "label: Paper", "label: P, tasks: [reacher-easy]")
    assert load_study("tiny").run("sac", "reacher-easy", 0).execution is None


def test_an_execution_path_that_no_run_takes_is_refused(project):
    project.write("recipes/sac.yaml", SAC.read_text(encoding="utf-8"))
    project.edit("studies/tiny.yaml", "arms:", "execution: plain\narms:")
    text = (project.root / "paper_configs/studies/tiny.yaml").read_text()
    arms = "arms:\n  sac: {recipe: sac, label: S}\n"
    project.write("studies/tiny.yaml", text.partition("arms:")[0] + arms)
    with pytest.raises(ConfigError, match="tiny.yaml: execution: given plain; .*MPO"):
        load_study("tiny")


def test_the_backend_moves_a_run(project):
    before = load_study("tiny").runs()[0]
    project.edit("studies/tiny.yaml", "steps:", "backend: dm_control\nsteps:")
    assert load_study("tiny").runs()[0].hash != before.hash


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("name: tiny", "name: other", "tiny.yaml: name: given other; allowed: the fil"),
        ("title: Tiny\n", "", "tiny.yaml: title: given nothing; allowed: a value"),
        ("seeds:", "sedes:", "sedes: given an unknown key"),
        ("[0, 7]", "[0, 7, 0]", "seeds: given 0 2 times; allowed: each once"),
        ("[0, 7]", "[0, -7]", "seeds.1: given -7; allowed: greater than or equal to 0"),
        ("[0, 7]", "[]", "seeds: given []; allowed:"),
        ("[0, 7]", "2", "seeds: given 2; allowed:"),
        ("reacher-easy", "../../etc", "tasks.1: given ../../etc; allowed:"),
        ("reacher-easy", "pendulum-swingup", "tasks: given pendulum-swingup 2 times"),
        ("steps: 3000", "steps: 0", "steps: given 0; allowed: greater than 0"),
        ("steps: 3000", "steps: 3e3", "steps: given 3000.0; allowed: integer"),
        ("steps: 3000", "steps: 3500", "steps: given 3500; allowed: a multiple of eva"),
        (
            "steps: 3000",
            "steps: 3000\ntask_steps: {reacher-easy: 2500}",
            "task_steps.reacher-easy: given 2500; allowed: a multiple of evaluation.i",
        ),
        (
            "steps: 3000",
            "steps: 3000\ntask_steps: {reacher-hard: 2000}",
            "task_steps.reacher-hard: given reacher-hard; allowed: did you mean reach",
        ),
        (
            "steps: 3000",
            "steps: 3000\ntask_steps: {reacher-easy: many}",
            "task_steps.reacher-easy: given many; allowed: integer",
        ),
        (
            "label: Wide",
            "label: Wide\n    tasks: [reacher-easy, reacher-hard]",
            "arms.wide.tasks.1: given reacher-hard; allowed: did you mean reacher-eas",
        ),
        (
            "label: Wide",
            "label: Wide\n    tasks: []",
            "arms.wide.tasks: given []; allowed:",
        ),
        (
            "label: Wide",
            "label: Wide\n    seeds: [1]",
            "arms.wide.seeds.0: given 1; allowed: one of 0, 7",
        ),
        (
            "label: Wide",
            "label: Wide\n    seeds: [7, 7]",
            "arms.wide.seeds: given 7 2 times; allowed: each once",
        ),
        ("episodes: 2", "episode: 2", "evaluation.episode: given an unknown key"),
        ("recipe: paper, ", "recipe: papr, ", "arms.paper.recipe: given papr; allowed"),
        ("recipe: paper, ", "recipe: ../x, ", "arms.paper.recipe: given ../x; allowed"),
        (
            "label: Wide",
            "lable: Wide",
            "arms.wide.lable: given an unknown key; allowed",
        ),
        ("wide:", "../wide:", "arms.../wide"),
        (
            "policy.hidden: [300, 300]",
            "policy.hiden: [300]",
            "tiny.yaml: arms.wide.set.policy.hiden: given an unknown key",
        ),
        (
            "policy.hidden: [300, 300]",
            "policy.hidden: [300, 0]",
            "tiny.yaml: arms.wide.set.policy.hidden.1: given 0; allowed:",
        ),
    ],
)
def test_a_wrong_study_is_refused_in_one_line(project, old, new, line):
    project.edit("studies/tiny.yaml", old, new)
    with pytest.raises(ConfigError) as refused:
        load_study("tiny")
    assert line in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("arm", "task", "seed", "words"),
    [
        ("wid", "reacher-easy", 7, "arms: given wid; allowed: did you mean wide"),
        (
            "wide",
            "reacher-esy",
            7,
            "tasks: given reacher-esy; allowed: did you mean re",
        ),
        ("wide", "reacher-easy", 1, "seeds: given 1; allowed: one of 0, 7"),
    ],
)
def test_a_run_outside_the_study_is_refused(project, arm, task, seed, words):
    with pytest.raises(ConfigError, match="study tiny") as refused:
        load_study("tiny").run(arm, task, seed)
    assert words in str(refused.value)


def test_config_imports_nothing_heavy_and_is_quick():
    code = (
        "import time, sys; start = time.process_time(); import mpo_repro.config;"
        "print(time.process_time() - start);"
        "print(*(sys.modules.keys() & {'torch', 'dm_control', 'pandas', 'numpy'}))"
    )
    command = [sys.executable, "-c", code]
    seconds = []
    for _ in range(3):  # the machine may be busy: the best of three counts
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        first, heavy = done.stdout.split("\n")[:2]
        assert heavy == ""
        seconds.append(float(first))
    assert min(seconds) < 0.5
