"""One training run: act, learn, evaluate, save, until the budget is reached.

The loop knows no clock: the same configuration and seed give the same curve, however
often it was stopped. Every tensor has a leading axis R; the workflow trains one run per
process, R = 1.
"""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import torch

from mpo_repro.config.recipes import recipe_hash
from mpo_repro.environments import make, spec
from mpo_repro.training import evaluation, execution, memory, run_folder, schedule
from mpo_repro.training.actor import Actor
from mpo_repro.training.checkpoint import Checkpoint, StaleCheckpointError
from mpo_repro.training.guard import UPDATES, Guard, UnsoundRunError
from mpo_repro.training.inspection import keep_stopped
from mpo_repro.training.learner import Learner
from mpo_repro.training.plan import Plan, Progress
from mpo_repro.training.problem import action_size
from mpo_repro.training.records import Counters, Records
from mpo_repro.training.replay import Replay

CHECKPOINT_SECONDS = 60.0


class InterruptedRunError(Exception):
    """The run was asked to stop; its state is saved."""


class Run:
    """A run in progress.

    Attributes:
      records: what the tables of the run folder hold so far.
    """

    def __init__(self, plan: Plan, folder: Path):
        """Starts a run, or takes it up where its checkpoint left it.

        Raises:
          StaleCheckpointError: if the folder's checkpoint belongs to another run.
        """
        torch.set_num_threads(1)
        memory.keep_freed()
        self.plan, self.folder = plan, folder
        self.hash = recipe_hash(plan.recipe, plan.task, plan.backend)
        self.records = Records()
        self.last_evaluation, self.seconds, self.diagnostics = 0, 0.0, {}
        self.checkpoint = Checkpoint(folder / "checkpoint", self._identity())
        data, sizes = plan.recipe.data, spec(plan.task)
        self.widths = sizes.observation_size, action_size(plan.recipe, sizes)
        self.replay = Replay(1, data.environments, data.buffer_size, self.widths)
        found = self.checkpoint.load(self.replay)
        self.path = found[1]["path"] if found else self._choose_path()
        self._build()
        if found:
            self._restore(*found)
        self._started = time.monotonic() - self.seconds

    def train(
        self, progress: Callable[[Progress], None] | None, stop: threading.Event
    ) -> None:
        """Goes on until the budget is reached or `stop` is set.

        Raises:
          InterruptedRunError: if `stop` was set; the state is saved.
          UnsoundRunError: if a number is not finite, or Q diverges; the state is kept
            apart, the checkpoint stays the last one before.
        """
        try:
            self._train(progress, stop)
        except UnsoundRunError as error:
            at = "environment step {:,}, update {:,}".format(*self._counters())
            reason = f"{error}, at {at}"
            self._keep_stopped(reason)
            raise UnsoundRunError(reason) from None

    def _train(
        self, progress: Callable[[Progress], None] | None, stop: threading.Event
    ) -> None:
        saved = time.monotonic()
        while self.actor.environment_steps < self.plan.steps:
            episodes = self.actor.step(self.replay)
            self.guard.look_at_step(self.actor, self.replay)
            for episode in episodes:
                self.records.note_behaviour(self._counters(), episode.episode_return)
            self._learn_if_due()
            self._evaluate_if_due()
            # Read once: set a moment later, it must not end the run unsaved.
            stopping = stop.is_set()
            if stopping or time.monotonic() - saved > CHECKPOINT_SECONDS:
                self.save()
                saved = time.monotonic()
            if stopping:
                raise InterruptedRunError(f"saved in {self.folder}")
            if progress and self.actor.iterations % 100 == 0:
                progress(self._progress())
        self.save()

    def save(self) -> None:
        """Writes the checkpoint and the tables as they stand."""
        self.guard.look_at_update(self.diagnostics)
        tensors = self._tensors()
        self.guard.look_at_state(tensors)
        self.seconds = time.monotonic() - self._started
        facts = self._facts() | {
            "diagnostics": {n: v.tolist() for n, v in self.diagnostics.items()},
            "rows": self.records.rows,
        }
        self.checkpoint.save(tensors, facts, self.replay)
        run_folder.write_tables(self.folder, self.records.rows)

    def _tensors(self) -> dict[str, torch.Tensor]:
        tensors = {name: value.detach() for name, value in self.learner.state.items()}
        state = self.environments.state()
        tensors |= {f"environments/{n}": torch.as_tensor(v) for n, v in state.items()}
        return tensors | {f"actor/{n}": v for n, v in self.actor.tensors().items()}

    def _facts(self) -> dict:
        return {
            "path": self.path,
            "updates": self.learner.updates,
            "environment_steps": self.actor.environment_steps,
            "iterations": self.actor.iterations,
            "last_evaluation": self.last_evaluation,
            "largest_reward": self.guard.largest_reward,
            "seconds": self.seconds,
        }

    def _keep_stopped(self, reason: str) -> None:
        """Writes the state as it is, with what was last learnt from."""
        tensors = self._tensors()
        if self.batch is not None:
            fields = self.batch._asdict().items()
            tensors |= {f"batch/{name}": value for name, value in fields}
        told = {name: str(value.tolist()) for name, value in self.diagnostics.items()}
        facts = self._facts() | {"reason": reason, "diagnostics": told}
        keep_stopped(self.folder, tensors, facts)

    def _identity(self) -> str:
        return f"{self.hash}/seed-{self.plan.seed}"

    def _choose_path(self) -> str:
        updates = schedule.updates_due(self.plan.recipe.data, self.plan.steps)
        return execution.choose(updates, self.plan.execution)

    def _build(self) -> None:
        plan, data = self.plan, self.plan.recipe.data
        self.learner = Learner(
            plan.recipe, *self.widths, [plan.seed], self.path == "compiled"
        )
        self.environments = make(
            plan.task, data.environments, plan.seed, 0, plan.backend
        )
        self.actor = Actor(self.learner, [self.environments])
        self.guard = Guard(plan.recipe.policy_evaluation.discount)
        self.batch = None  # what was last learnt from
        self.length = plan.recipe.policy_evaluation.sequence_length
        self.sequences = max(1, round(data.batch_states / self.length))

    def _restore(self, tensors: dict, facts: dict) -> None:
        for name, value in self.learner.state.items():
            value.copy_(tensors[name])
        parts = {"environments": {}, "actor": {}}
        for name, value in tensors.items():
            room, _, key = name.partition("/")
            if room in parts:
                parts[room][key] = value
        arrays = {key: value.numpy() for key, value in parts["environments"].items()}
        try:
            self.environments.restore(arrays)
        except (ValueError, RuntimeError) as error:
            raise StaleCheckpointError(str(error)) from None
        self.learner.updates = facts["updates"]
        counters = facts["environment_steps"], facts["iterations"]
        self.actor.restore(parts["actor"], *counters)
        self.last_evaluation, self.seconds = facts["last_evaluation"], facts["seconds"]
        self.records = Records(facts["rows"])
        self.diagnostics = {
            name: torch.tensor(value) for name, value in facts["diagnostics"].items()
        }
        self.guard.largest_reward = facts["largest_reward"]

    def _counters(self) -> Counters:
        return Counters(self.actor.environment_steps, self.learner.updates)

    def _learn_if_due(self) -> None:
        data = self.plan.recipe.data
        due = schedule.updates_due(data, self.actor.environment_steps)
        if len(self.replay) <= self.length:
            return  # not one sequence yet: the updates are made up for later
        while self.learner.updates < due:
            self.batch = self.replay.sample(
                self.learner.seeds,
                self.learner.updates,
                self.sequences,
                self.length,
                schedule.newest_rows(data),
            )
            self.diagnostics = self.learner.update(self.batch)
            if self.learner.updates % UPDATES == 0:
                self.guard.look_at_update(self.diagnostics)

    def _evaluate_if_due(self) -> None:
        steps, interval = self.actor.environment_steps, self.plan.interval
        if steps // interval == self.last_evaluation // interval:
            return
        self.guard.look_at_update(self.diagnostics)
        self.last_evaluation = steps
        plan = self.plan
        state = {name: value[0] for name, value in self.learner.state.items()}
        returns = evaluation.play(
            evaluation.acting(self.learner.problem, state),
            plan.task,
            plan.backend,
            plan.seed,
            steps,
            plan.episodes,
        )
        self.guard.look_at_returns(returns)
        self.records.note_evaluation(self._counters(), returns, self.diagnostics)
        self.records.note_time(self._counters(), time.monotonic() - self._started)

    def _progress(self) -> Progress:
        seconds = time.monotonic() - self._started
        steps = self.actor.environment_steps
        speed = steps / max(seconds, 1e-9)
        left = (self.plan.steps - steps) / max(speed, 1e-9)
        recent = self.records.recent_return()
        return Progress(steps, self.plan.steps, recent, speed, left)
