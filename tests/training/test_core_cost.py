"""What each variant costs the training loop outside its own file: at most 40 lines.

Counted are the lines of mpo_repro/training that run with the variant and not with the
default recipe. A variant's mathematics is in functions of its own, in another room.
"""

import ast
import sys
from pathlib import Path

import pytest
import toy

from mpo_repro import training
from mpo_repro.config import load_recipe, override
from mpo_repro.training.run import Plan, Run

ROOM, MOST = Path(training.__file__).parent, 40
SMALL = {
    "policy.hidden": [4],
    "critic.hidden": [4],
    "data.batch_states": 12,
    "data.initial_steps": 40,
    "data.normalise_observations": False,
}
FREE = {
    "improvement.epsilon_mean": None,
    "improvement.epsilon_covariance": None,
    "multipliers.alpha_mean": None,
    "multipliers.alpha_covariance": None,
}
WHOLE = FREE | {"improvement.m_step": "coupled"}
JOINT = {"improvement.epsilon_joint": 0.1, "multipliers.alpha_joint": 10.0}
FREELY = {"improvement.epsilon_penalty": None}
EXECUTED = FREELY | {"improvement.fitted_actions": "executed"}
RETRACE = {"policy_evaluation.method": "retrace"}
IMPROVED = {"policy_evaluation.bootstrap": "improved"}
ITERATIONS = {
    "data.steps_per_update": None,
    "data.steps_per_iteration": 40,
    "data.updates_per_iteration": 2,
    "data.buffer_size": 40,
    "data.initial_steps": None,
}
EPISODES = ITERATIONS | {
    "data.steps_per_iteration": None,
    "data.episodes_per_iteration": 4,
}
EXACT = {"improvement.temperature": "exact", "multipliers.temperature": None}
PAIRS = {"improvement.objective": "q_value", "improvement.antithetic": True}
AVERAGED = {
    "optimisation.target_period": None,
    "optimisation.target_rate": 0.1,
    "optimisation.policy_period": 3,
}
# Name -> its own files in the room, the recipe, and what it changes there.
VARIANTS = {
    "parametric": (["improvement/parametric.py"], "parametric", {}),
    "policy gradient": (["improvement/parametric.py"], "pg", {}),
    "categorical": (["improvement/categorical.py"], "categorical", {}),
    "one KL": ([], "default", WHOLE | JOINT),
    "fixed multiplier": ([], "default", WHOLE | {"improvement.kl_penalty": 1.0}),
    "prior": ([], "default", WHOLE | {"improvement.prior_precision": 1.0}),
    "no bound": ([], "default", FREE),
    "per dimension": ([], "default", {"improvement.per_dimension": True}),
    "penalty": ([], "default", {}),
    "improved policy's value": ([], "default", IMPROVED),
    "Retrace of it": (
        [],
        "default",
        IMPROVED | {"policy_evaluation.method": "retrace"},
    ),
    "inner M-steps": ([], "default", {"improvement.m_step_updates": 3}),
    "full covariance": ([], "default", {"policy.covariance": "full"}),
    "squashed": ([], "default", FREELY | {"policy.bounds": "tanh"}),
    "twins": (["critics.py"], "default", {"critic.count": 2}),
    "one next action": ([], "default", {"policy_evaluation.next_actions": "one"}),
    "averaged targets": ([], "default", AVERAGED),
    "iterations": (["schedule.py"], "default", ITERATIONS),
    "iterations of episodes": (["schedule.py"], "default", EPISODES),
    "normalised": (
        ["normaliser.py"],
        "default",
        EXECUTED | {"data.normalise_observations": True},
    ),
    "exact temperature": ([], "default", EXECUTED | EXACT),
    "pairs of actions": (["improvement/parametric.py"], "parametric", PAIRS),
    "pooled dual": ([], "default", EXECUTED | {"improvement.dual": "pooled"}),
    "fixed penalty": ([], "default", FREELY | {"improvement.penalty_temperature": 0.1}),
    "limits": ([], "default", EXECUTED | {"multipliers.cap": 1e3}),
    "pi_i of its own age": (
        [],
        "default",
        EXECUTED | {"optimisation.policy_period": 3},
    ),
    "defect of the KL": ([], "default", {"improvement.kl": "reversed"}),
    "time limit": ([], "default", {"data.time_limit": "termination"}),
}


def executed(recipe, simulate, folder):
    """Which lines of the room run, by file, when a few updates are taken."""
    lines: dict[Path, set[int]] = {}

    def enter(frame, event, argument):
        path = Path(frame.f_code.co_filename)
        if ROOM not in path.parents:
            return None
        seen = lines.setdefault(path, set())

        def look(frame, event, argument):
            seen.add(frame.f_lineno)
            return look

        return look

    simulate(3 if recipe.policy.distribution == "categorical" else None)
    before = sys.gettrace()
    sys.settrace(enter)
    try:
        run = Run(Plan(recipe, toy.TASK, 3, 120, 10**6, 1, "envpool", "plain"), folder)
        while run.actor.environment_steps < 90:
            run.actor.step(run.replay, run._learn_if_due)
    finally:
        sys.settrace(before)
    assert run.learner.updates > 1
    return lines


def statements(path, lines):
    """The lines of all statements of a file that ran, each with all its lines."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.stmt):
            continue
        inner = getattr(node, "body", None)
        last = inner[0].lineno - 1 if inner else node.end_lineno
        own = set(range(node.lineno, max(last, node.lineno) + 1))
        within = set(range(node.lineno, node.end_lineno + 1))
        if lines & (within if isinstance(node, ast.FunctionDef) else own):
            found |= own
    return found


@pytest.mark.slow
def test_no_variant_costs_the_training_loop_more(simulate, tmp_path):
    default = override(load_recipe("default"), SMALL | EXECUTED)
    known = executed(default, simulate, tmp_path / "default")
    costs = {}
    for number, (name, (own, base, changes)) in enumerate(VARIANTS.items()):
        recipe = override(load_recipe(base), SMALL | changes)
        found = executed(recipe, simulate, tmp_path / str(number))
        costs[name] = sum(
            len(statements(path, lines) - statements(path, known.get(path, set())))
            for path, lines in found.items()
            if str(path.relative_to(ROOM)) not in own
        )
    assert max(costs.values()) <= MOST, costs
    assert costs["parametric"] > 0  # it does count
