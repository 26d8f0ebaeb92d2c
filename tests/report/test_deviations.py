"""Each study's arms beside the paper's recipe."""

from mpo_repro.analysis.run_folder import FINISHED, UNFINISHED
from mpo_repro.config import load_recipe
from mpo_repro.report import contents, deviations, page, rendering
from mpo_repro.report.documentation import settings

PAPER = load_recipe(settings.FILE).model_dump(mode="json")


def arm(label, recipe="paper", **changes):
    """An arm as study.json has it: the paper's settings, but for some values."""
    resolved = {name: dict(section) for name, section in PAPER.items()}
    for key, value in changes.items():
        section, _, name = key.partition("__")
        resolved[section][name] = value
    return {"recipe": recipe, "label": label, "resolved": resolved}


def given(results, **arms):
    """The deviations of a study of these arms."""
    results.study["arms"] = arms
    return deviations.section(results)


def test_no_arm_need_be_the_paper_s(results):
    found = given(results, mine=arm("mine", "default", improvement__epsilon=0.5))
    assert found["labels"] == ["the paper's recipe", "mine"]
    ((row, does, place),) = found["rows"]
    assert (row.key, row.values) == ("improvement.epsilon", ("0.1", "0.5"))
    assert row.differs == (False, True)
    assert (does, place) == (deviations.STATED, "P1, Table 2")
    assert found["as_paper"] == []


def test_what_the_paper_leaves_open_is_no_deviation_from_it(results):
    changed = {"improvement__samples": 30, "improvement__epsilon_penalty": 0.1}
    found = given(results, own=arm("own"), mine=arm("mine", **changed))
    assert found["as_paper"] == ["own"]
    said = {row.key: (does, place) for row, does, place in found["rows"]}
    assert said == {
        "improvement.samples": (deviations.OPEN, ""),
        "improvement.epsilon_penalty": (deviations.ABSENT, ""),
    }


def test_settings_newer_than_the_results_do_not_count(results):
    older = arm("older")
    del older["resolved"]["critic"]["torso"], older["resolved"]["data"]["workers"]
    assert given(results, older=older)["rows"] == []
    # An arm beside one that has them is compared.
    both = given(results, older=older, now=arm("now"))
    assert [row.key for row, *_ in both["rows"]] == ["critic.torso", "data.workers"]


def test_other_methods_are_named_and_not_compared(results):
    ppo = {"recipe": "sb3-ppo", "label": "PPO", "resolved": {"algorithm": "ppo"}}
    found = given(results, own=arm("own"), ppo=ppo)
    assert found["others"] == ["PPO"]
    assert found["labels"] == ["the paper's recipe", "own"]
    assert given(results, ppo=ppo) is None


def test_seeds_are_those_of_finished_runs(results):
    runs, own = results.runs, arm("own")
    runs["state"] = FINISHED
    most = int(runs.groupby(["arm", "task"]).size().min())
    assert given(results, own=own)["seeds"] == (most, most)
    of_one = (runs["arm"] == runs["arm"][0]) & (runs["task"] == runs["task"][0])
    runs.loc[runs.index[of_one][1:], "state"] = UNFINISHED
    assert given(results, own=own)["seeds"] == (1, most)


def test_every_page_tells_them(results):
    html = page.write(results).read_text("utf-8")
    assert 'id="deviations"' in html
    assert "states it: P1, Table 2" in html
    assert "here an arm has 2 to 3 on a task." in html
    results.study["arms"] = {
        name: described | {"resolved": PAPER}
        for name, described in results.study["arms"].items()
    }
    same = page.render(contents.context(results))
    assert "As the recipe in everything: MPO, wider bound." in same
    assert 'aria-label="Deviations from the paper"' not in same


def test_many_arms_are_named_and_have_no_columns(results):
    found = given(
        results,
        **{
            name: arm(name, improvement__epsilon=value)
            for name, value in zip("abcde", (0.1, 0.1, 0.5, 0.7, 0.5), strict=True)
        },
    )
    template = rendering.environment(escapes=True).get_template("deviations.html.j2")
    shown = template.render(deviations=found)
    assert ">the paper&#39;s recipe</th>" in shown
    assert ">d</th>" not in shown
    assert "<b>0.5</b>: c; e</div>" in shown
    assert "<b>0.7</b>: d</div>" in shown
