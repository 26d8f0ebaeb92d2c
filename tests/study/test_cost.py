"""What a run costs, by hand, and against what a run really holds."""

from pathlib import Path

import pytest

from mpo_repro.config import Evaluation, load_recipe, override
from mpo_repro.environments import spec
from mpo_repro.study import cost
from mpo_repro.training import checkpoint
from mpo_repro.training.learner import Learner
from mpo_repro.training.problem import action_size
from mpo_repro.training.replay import Replay

PAPER = Path(__file__).parents[2] / "paper_configs" / "recipes" / "paper.yaml"
SETTINGS = {
    "data.environments": 4,
    "data.steps_per_update": 8.0,
    "data.initial_steps": 1000,
    "data.buffer_size": 1_000_000,
}


def run(steps=9000, task="pendulum-swingup", **changes) -> cost.Run:
    given = {name.replace("__", "."): value for name, value in changes.items()}
    recipe = override(load_recipe(PAPER), SETTINGS | given)
    look = Evaluation(interval=3000, episodes=5)
    return cost.Run(recipe, task, "envpool", steps, look)


def test_seconds_are_start_updates_steps_and_evaluations(machine):
    # 4 environments made and 10 of evaluation; 1,000 updates of 1 ms; 9 episodes begun;
    # 9,000 steps, 2,250 of whole batches.
    training = 14 * 0.03 + 5 + 1.0 + 9 * 0.05 + 9000 * 0.0001 + 2250 * (0.001 + 0.001)
    # Thrice 10 episodes of 1,000 steps at a time.
    evaluation = 3 * (10 * 0.05 + 1000 * (0.002 + 10 * 0.0001))
    found = cost.predict(run(), machine)
    assert found.seconds == pytest.approx(training + evaluation)
    assert found.compile_seconds == 0


def test_a_long_run_is_compiled_where_there_is_a_compiler(monkeypatch, machine):
    monkeypatch.setattr(cost, "rule", lambda updates: "compiled")
    plain, found = run(), cost.predict(run(), machine)
    updates, acting = 1000 * 0.001, 2250 * 0.001
    monkeypatch.undo()
    expected = cost.predict(plain, machine).seconds - (updates + acting) / 2 + 10
    assert found.seconds == pytest.approx(expected)
    assert found.compile_seconds == 20
    assert found.memory - cost.replay_bytes(plain) == 500e6


def test_a_study_s_path_counts_where_the_machine_has_it(machine):
    wanted = run()._replace(execution="compiled")
    assert cost.predict(wanted, machine).compile_seconds == 20
    memory = {"plain": machine.memory["plain"]}
    without = machine._replace(memory=memory)
    assert cost.predict(wanted, without) == cost.predict(run(), machine)


def test_on_a_device_an_update_of_all_runs_takes_what_was_measured(machine):
    plain, count = run(), 1000
    device = machine._replace(together=((1, 0.002), (16, 0.004)))
    one, four = cost.predict(plain, machine), cost.of_cohort(plain, 4, device)
    update = 0.002 + (4 - 1) / (16 - 1) * 0.002
    size = one_size(plain, machine)
    assert four.learning == pytest.approx(count * update * max(1, size))
    start = one.seconds - one.learning - one.acting
    assert four.seconds == pytest.approx(start + four.learning + 4 * one.acting)
    assert four.disk == 4 * one.disk
    assert four.memory == one.memory + 3 * cost.replay_bytes(plain)


def one_size(planned, machine):
    """Operations of an update against those of the calibration's paper sizes."""
    count = cost.operations(planned.recipe, *cost._widths(planned))
    return count / machine.updates[cost.PAPER][0]


def test_a_task_that_was_not_measured_is_taken_for_the_dearest(machine):
    known, unknown = run(task="reacher-easy"), run(task="reacher-hard")
    assert (
        cost.predict(known, machine).seconds == cost.predict(unknown, machine).seconds
    )


def test_a_line_through_points_goes_on_above_and_stays_level_below():
    points = ((1.0, 10.0), (2.0, 12.0), (4.0, 20.0))
    at = [0.1, 1.0, 1.5, 2.0, 3.0, 6.0]
    found = [cost.interpolate(points, x) for x in at]
    assert found == pytest.approx([10, 10, 11, 12, 16, 28])


@pytest.mark.parametrize("size", [1_000_000, 6000])
def test_replay_is_as_large_as_the_real_one(size):
    planned = run(steps=8000, data__buffer_size=size)
    sizes = spec(planned.task)
    widths = sizes.observation_size, sizes.action_size
    replay = Replay(1, 4, size, widths)
    rows = 8000 // 4 + 2  # and one for the end of each of two episodes
    held = min(rows, replay.capacity) * 4 * sum(replay.widths) * 4
    assert cost.replay_bytes(planned) == held
    if size < 8000:
        assert held == replay.rows.nbytes


def test_a_row_of_replay_keeps_one_frame_of_an_image():
    recipe = override(load_recipe("atari"), {"data.buffer_size": 400})
    planned = run(steps=8000, task="atari-pong")._replace(recipe=recipe)
    sizes = spec("atari-pong")
    widths = sizes.observation_size, action_size(recipe, sizes)
    replay = Replay(1, 4, 400, widths, image=sizes.image)
    assert cost.replay_bytes(planned) == pytest.approx(replay.rows.nbytes, rel=0.05)


def test_what_looks_at_images_takes_longer_to_act(machine):
    planned = run(steps=3000, task="atari-pong")._replace(recipe=load_recipe("atari"))
    slow = machine._replace(updates=((1e6, 0.001), (2e6, 0.002)))  # 1 ns an operation
    acting = [cost.predict(planned, each).acting for each in (machine, slow)]
    states = 3000 + 10 * 27_000  # of training, and of one evaluation of 2 x 5 episodes
    operations = 2 * (400 * 256 * 32 + 81 * 512 * 64 + 49 * 576 * 64)
    assert acting[1] - acting[0] == pytest.approx(states * operations * 1e-9)


@pytest.mark.parametrize(
    ("recipe", "task"),
    [
        ("paper", "reacher-easy"),
        ("default", "reacher-easy"),
        ("rlox", "reacher-easy"),  # twin critics
        ("categorical", "CartPole-v1"),
        ("atari", "atari-pong"),  # convolutions
    ],
)
def test_parameters_are_counted_as_networks_lay_them_out(recipe, task):
    settings = load_recipe(recipe)
    planned = run(task=task)._replace(recipe=settings)
    widths = spec(task).observation_size, action_size(settings, spec(task))
    vectors = Learner(settings, *widths, [0]).state
    counted = vectors["policy"].numel() + vectors["critic"].numel()
    assert cost.parameters(planned) == counted


def test_the_replay_of_a_checkpoint_takes_the_bytes_that_were_counted(tmp_path):
    planned = run(steps=8000, data__buffer_size=6000)
    sizes = spec(planned.task)
    replay = Replay(1, 4, 6000, (sizes.observation_size, sizes.action_size))
    replay.rows.zero_()
    replay.written = replay.capacity
    checkpoint.Checkpoint(tmp_path, "any").save({}, {}, replay)
    written = sum(path.stat().st_size for path in tmp_path.glob("replay-*"))
    assert written == cost.replay_bytes(planned)
    assert cost.disk_bytes(planned) > written
