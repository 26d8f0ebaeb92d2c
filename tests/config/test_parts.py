"""Studies that hold others: their runs, and what is refused."""

import pytest

from mpo_repro.config import ConfigError, load_study

WHOLE = """\
name: whole
title: Whole
tasks: [reacher-easy]
seeds: [7]
steps: 5000
evaluation: {interval: 1000, episodes: 2}
arms:
  paper: {recipe: paper, label: Paper}
parts:
  tiny: {seeds: [7], steps: 2000}
"""


@pytest.fixture
def whole(project):
    project.write("studies/whole.yaml", WHOLE)
    return project


def test_the_runs_of_parts_follow_the_study_s_own_in_the_part_s_size(whole):
    study = load_study("whole")
    assert [(run.arm, run.task, run.seed, run.steps) for run in study.runs()] == [
        ("paper", "reacher-easy", 7, 5000),
        ("tiny/paper", "pendulum-swingup", 7, 2000),
        ("tiny/paper", "reacher-easy", 7, 2000),
        ("tiny/wide", "pendulum-swingup", 7, 2000),
        ("tiny/wide", "reacher-easy", 7, 2000),
    ]
    assert [run.arm for run in study.own_runs()] == ["paper"]


def test_a_part_is_the_study_itself_in_another_size(whole):
    study, alone = load_study("whole"), load_study("tiny")
    part = study.members["tiny"]
    assert (part.name, part.steps, part.arms) == ("tiny", 2000, alone.arms)
    run = study.run("tiny/wide", "reacher-easy", 7)
    assert run in study.runs()
    # The same run, and so the same folder, whoever asks for it.
    assert run.folder == alone.run("wide", "reacher-easy", 7).folder
    assert study.run("paper", "reacher-easy", 7).folder == (
        study.run("tiny/paper", "reacher-easy", 7).folder
    )


def test_a_part_may_have_some_of_its_arms_only(whole):
    whole.edit("studies/whole.yaml", "steps: 2000", "steps: 2000, arms: [wide]")
    study, alone = load_study("whole"), load_study("tiny")
    assert list(alone.arms) == ["paper", "wide"]
    assert study.members["tiny"].arms == {"wide": alone.arms["wide"]}
    arms = dict.fromkeys(run.arm for run in study.runs())
    assert list(arms) == ["paper", "tiny/wide"]


def test_an_arm_of_a_part_may_run_some_of_its_tasks_only(whole):
    fewer = "steps: 2000, arm_tasks: {wide: [reacher-easy]}"
    whole.edit("studies/whole.yaml", "steps: 2000", fewer)
    runs = [run for run in load_study("whole").runs() if run.arm != "paper"]
    assert [(run.arm, run.task) for run in runs] == [
        ("tiny/paper", "pendulum-swingup"),
        ("tiny/paper", "reacher-easy"),
        ("tiny/wide", "reacher-easy"),
    ]


@pytest.mark.parametrize(
    ("study", "of_whole", "of_part", "own", "part_s"),
    [
        (None, None, None, None, None),
        ("plain", None, None, None, "plain"),
        (None, "plain", None, "plain", "plain"),
        (None, None, "plain", None, "plain"),
        ("plain", "compiled", None, "compiled", "plain"),
        ("plain", None, "compiled", None, "compiled"),
    ],
)
def test_a_part_has_its_own_path_or_else_the_whole_s(
    whole, study, of_whole, of_part, own, part_s
):
    before = [run.folder for run in load_study("whole").runs()]
    if study:
        whole.edit("studies/tiny.yaml", "arms:", f"execution: {study}\narms:")
    if of_whole:
        whole.edit("studies/whole.yaml", "arms:", f"execution: {of_whole}\narms:")
    if of_part:
        path = f"steps: 2000, execution: {of_part}"
        whole.edit("studies/whole.yaml", "steps: 2000", path)
    loaded = load_study("whole")
    runs = loaded.runs()
    assert [run.execution for run in runs] == [own] + 4 * [part_s]
    assert [loaded.run(run.arm, run.task, run.seed) for run in runs] == runs
    assert [run.folder for run in runs] == before


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("  tiny:", "  tinny:", "parts.tinny"),
        ("  tiny:", "  whole:", "parts.whole"),
        ("steps: 2000", "steps: 2500", "steps"),
        ("steps: 2000", "step: 2000", "parts.tiny.step"),
        ("steps: 2000", "execution: quick", "parts.tiny.execution"),
        ("seeds: [7], steps: 2000", "tasks: []", "parts.tiny.tasks"),
        ("seeds: [7], steps: 2000", "arms: []", "parts.tiny.arms"),
        ("seeds: [7], steps: 2000", "arms: [wide, wode]", "parts.tiny.arms.1"),
        ("seeds: [7], steps: 2000", "arms: [wide, wide]", "parts.tiny.arms"),
        ("steps: 2000", "arm_tasks: {wode: [x]}", "parts.tiny.arm_tasks.wode"),
        ("steps: 2000", "arm_tasks: {wide: [x]}", "parts.tiny.arm_tasks.wide.0"),
        ("steps: 2000", "arm_tasks: {wide: []}", "parts.tiny.arm_tasks.wide"),
        (
            "steps: 2000",
            "arms: [paper], arm_tasks: {wide: [reacher-easy]}",
            "parts.tiny.arm_tasks.wide",
        ),
        (
            "steps: 2000",
            "arm_tasks: {wide: [reacher-easy, reacher-easy]}",
            "arms.wide.tasks",
        ),
    ],
)
def test_what_cannot_be_a_part_is_refused_by_its_key(whole, old, new, key):
    whole.edit("studies/whole.yaml", old, new)
    with pytest.raises(ConfigError) as caught:
        load_study("whole")
    assert caught.value.key == key
    assert "whole.yaml" in str(caught.value)


def test_an_arm_of_no_part_is_refused(whole):
    with pytest.raises(ConfigError, match="tiny/narrow|narrow"):
        load_study("whole").run("tiny/narrow", "reacher-easy", 7)
    with pytest.raises(ConfigError, match="tinny/wide"):
        load_study("whole").run("tinny/wide", "reacher-easy", 7)
