"""One run of a baseline, in a run folder like MPO's.

Stable-Baselines3 collects a rollout, then updates. Checkpoints are taken between these
rounds only, where nothing is half done; a budget that ends within a rollout leaves the
checkpoint before it, and a larger one takes that rollout again. So a run that was
stopped or extended gives the same curve, bit for bit, as one that was not.
"""

import functools
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from stable_baselines3.common.callbacks import BaseCallback

from mpo_repro.baselines import acting, models, snapshot
from mpo_repro.baselines.environment import SingleEnvironment
from mpo_repro.config.recipes import recipe_hash
from mpo_repro.environments import make
from mpo_repro.runs import marking
from mpo_repro.training import evaluation, memory, run_folder
from mpo_repro.training.checkpoint import Checkpoint, StaleCheckpointError
from mpo_repro.training.guard import UnsoundRunError, not_finite
from mpo_repro.training.plan import Plan, Progress
from mpo_repro.training.records import Counters, Records
from mpo_repro.training.replay import Replay
from mpo_repro.training.run import InterruptedRunError

CHECKPOINT_SECONDS = 60.0


class BaselineRun:
    """A run in progress; what `training.run.Run` is for MPO.

    Attributes:
      records: what the tables of the run folder hold so far.
      path, path_changes: the execution path, and its changes, as run.json has them.
    """

    path, path_changes = "stable-baselines3", ()

    def __init__(self, plan: Plan, folder: Path):
        """Starts a run, or takes it up where its checkpoint left it.

        Raises:
          StaleCheckpointError: if the folder's checkpoint belongs to another run.
        """
        torch.set_num_threads(1)
        memory.keep_freed()
        self.plan, self.folder = plan, folder
        self.members = [self]  # of a cohort of one, see `training.cohort`
        self.hash = recipe_hash(plan.recipe, plan.task, plan.backend)
        self.records, self.seconds = Records(), 0.0
        self.environment = SingleEnvironment(
            make(plan.task, 1, plan.seed, 0, plan.backend)
        )
        self.model = models.build(plan.recipe, self.environment, plan.seed)
        # PPO has no replay: an empty one stands for it.
        nothing = Replay(1, 1, 1, (1, 1))
        self.replay = getattr(self.model, "replay_buffer", nothing)
        identity = f"{self.hash}/seed-{plan.seed}"
        self.checkpoint = Checkpoint(folder / "checkpoint", identity)
        found = self.checkpoint.load(self.replay)
        if found:
            self._restore(*found)
        self.finished = _largest_budget(folder)
        self._started = time.monotonic() - self.seconds

    def train(
        self, progress: Callable[[Progress], None] | None, stop: threading.Event
    ) -> None:
        """Goes on until the budget is reached or `stop` is set.

        Raises:
          InterruptedRunError: if `stop` was set; the state is saved.
          UnsoundRunError: if a parameter is not finite.
        """
        if self.finished >= self.plan.steps:
            return
        left = self.plan.steps - self.model.num_timesteps
        watch = _Watch(self, progress, stop)
        self.model.learn(left, watch, log_interval=None, reset_num_timesteps=False)
        run_folder.write_tables(self.folder, self.records.rows)

    def save(self) -> None:
        """Writes the checkpoint, and the tables unless those there reach further."""
        self.seconds = time.monotonic() - self._started
        tensors = snapshot.tensors(self.model)
        wrong = [name for name, tensor in tensors.items() if not_finite(tensor)]
        if wrong:
            raise UnsoundRunError(f"{', '.join(wrong)}: entries that are not finite")
        state = self.environment.state()
        tensors |= {f"environments/{n}": torch.as_tensor(v) for n, v in state.items()}
        facts = snapshot.facts(self.model) | {
            "episode_return": self.environment.episode_return,
            "seconds": self.seconds,
            "rows": self.records.rows,
        }
        self.checkpoint.save(tensors, facts, self.replay)
        if self.model.num_timesteps >= self.finished:
            run_folder.write_tables(self.folder, self.records.rows)

    def play(self, stage: evaluation.Stage, number: int) -> dict[str, np.ndarray]:
        """Plays evaluation `number` on a stage; see `acting.episode_returns`."""
        wander = getattr(self.plan.recipe, "exploration_noise", None)
        return acting.episode_returns(self.model, stage, number, wander)

    @functools.cached_property
    def _stage(self) -> evaluation.Stage:
        plan = self.plan
        return evaluation.Stage(plan.task, plan.backend, plan.seed, plan.episodes)

    def note_step(self, about: dict) -> None:
        """Notes what a step brought: the end of an episode, an evaluation."""
        at = Counters(self.model.num_timesteps, self._updates())
        if "episode_return" in about:
            self.records.note_behaviour(at, about["episode_return"])
        if at.environment_steps % self.plan.interval:
            return
        number = at.environment_steps // self.plan.interval
        returns = self.play(self._stage, number)
        told = snapshot.diagnostics(self.model)
        values = {name: [value] for name, value in told.items()}
        self.records.note_evaluation(at, returns, values)
        self.records.note_time(at, time.monotonic() - self._started)

    def describe_progress(self) -> Progress:
        """Says how far the run is."""
        seconds = time.monotonic() - self._started
        steps = self.model.num_timesteps
        speed = steps / max(seconds, 1e-9)
        left = (self.plan.steps - steps) / max(speed, 1e-9)
        recent = self.records.recent_return()
        return Progress(steps, self.plan.steps, recent, speed, left)

    def _updates(self) -> int:
        """Counts gradient steps; PPO itself counts passes over its rollouts."""
        recipe, counted = self.plan.recipe, self.model._n_updates
        if recipe.algorithm == "ppo":
            return counted * (recipe.rollout_steps // recipe.batch_size)
        return counted

    def _restore(self, tensors: dict, facts: dict) -> None:
        prefix = "environments/"
        state = {
            name.removeprefix(prefix): value.numpy()
            for name, value in tensors.items()
            if name.startswith(prefix)
        }
        try:
            self.environment.restore(state)
        except (ValueError, RuntimeError) as error:
            raise StaleCheckpointError(str(error)) from None
        self.environment.episode_return = facts["episode_return"]
        self.seconds, self.records = facts["seconds"], Records(facts["rows"])
        snapshot.restore(self.model, tensors, facts)


class _Watch(BaseCallback):
    """Looks at a run between its steps and its rollouts."""

    def __init__(self, run: BaselineRun, progress, stop: threading.Event):
        super().__init__()
        self._run, self._progress, self._stop = run, progress, stop
        recipe = run.plan.recipe
        ppo = recipe.algorithm == "ppo"
        length = recipe.rollout_steps if ppo else recipe.update_period
        self._last_start = run.plan.steps - length
        self._saved = time.monotonic()

    def _on_rollout_start(self) -> None:
        last = self.model.num_timesteps >= self._last_start
        stopping = self._stop.is_set()
        if stopping or last or time.monotonic() - self._saved > CHECKPOINT_SECONDS:
            self._run.save()
            self._saved = time.monotonic()
        if stopping:
            raise InterruptedRunError(f"saved in {self._run.folder}")

    def _on_step(self) -> bool:
        steps = self.model.num_timesteps
        self._run.note_step(self.locals["infos"][0])
        if self._progress and steps % 100 == 0:
            self._progress(self._run.describe_progress())
        return steps < self._run.plan.steps


def _largest_budget(folder: Path) -> int:
    """Returns the largest finished budget, in environment steps; 0 if there is none."""
    sound, _ = marking.sound_markers(folder)
    return max((marker.steps for marker in sound), default=0)
