"""One training run: act, learn, evaluate, save, until the budget is reached.

The loop knows no clock: the same configuration and seed give the same curve, however
often it was stopped. Every tensor has a leading axis R; the workflow trains one run per
process, R = 1.
"""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import torch

from mpo_repro.config.recipe import Recipe
from mpo_repro.config.recipes import recipe_hash
from mpo_repro.environments import make, spec
from mpo_repro.training import checkpoint, evaluation, execution, memory, run_folder
from mpo_repro.training.actor import Actor
from mpo_repro.training.learner import Learner
from mpo_repro.training.records import Counters, Records
from mpo_repro.training.replay import Replay

CHECKPOINT_SECONDS = 60.0


class Plan(NamedTuple):
    """What is to be trained, and how it is looked at."""

    recipe: Recipe
    task: str
    seed: int
    steps: int
    interval: int  # environment steps between evaluations
    episodes: int  # of each kind per evaluation
    backend: str = "envpool"
    execution: str | None = None  # None: the rule of execution.py decides


class Progress(NamedTuple):
    """What a live view shows."""

    environment_steps: int
    steps: int
    episode_return: float | None  # of behaviour, mean of the last few
    steps_per_second: float
    seconds_left: float


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
        found = checkpoint.load(folder / "checkpoint", self._identity())
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
        """
        saved = time.monotonic()
        while self.actor.environment_steps < self.plan.steps:
            for episode in self.actor.step(self.replay):
                self.records.note_behaviour(self._counters(), episode.episode_return)
            self._learn_if_due()
            self._evaluate_if_due()
            # Read once: set a moment later, it must not end the run unsaved.
            stopping = stop.is_set()
            if stopping or time.monotonic() - saved > CHECKPOINT_SECONDS:
                self.save()
                saved = time.monotonic()
            if stopping:
                raise InterruptedRunError
            if progress and self.actor.iterations % 100 == 0:
                progress(self._progress())
        self.save()

    def save(self) -> None:
        """Writes the checkpoint and the tables as they stand."""
        self.seconds = time.monotonic() - self._started
        state = self.environments.state()
        tensors = dict(self.learner.state)
        tensors = {name: value.detach() for name, value in tensors.items()}
        tensors |= {f"environments/{n}": torch.as_tensor(v) for n, v in state.items()}
        tensors |= {f"actor/{n}": v for n, v in self.actor.tensors().items()}
        facts = {
            "hash": self._identity(),
            "path": self.path,
            "updates": self.learner.updates,
            "environment_steps": self.actor.environment_steps,
            "iterations": self.actor.iterations,
            "last_evaluation": self.last_evaluation,
            "seconds": self.seconds,
            "diagnostics": {n: v.tolist() for n, v in self.diagnostics.items()},
            "rows": self.records.rows,
        }
        checkpoint.save(self.folder / "checkpoint", tensors, facts, self.replay)
        run_folder.write_tables(self.folder, self.records.rows)

    def _identity(self) -> str:
        return f"{self.hash}/seed-{self.plan.seed}"

    def _choose_path(self) -> str:
        data = self.plan.recipe.data
        updates = int((self.plan.steps - data.initial_steps) / data.steps_per_update)
        return execution.choose(updates, self.plan.execution)

    def _build(self) -> None:
        plan, data = self.plan, self.plan.recipe.data
        sizes = spec(plan.task)
        widths = sizes.observation_size, sizes.action_size
        self.learner = Learner(
            plan.recipe, *widths, [plan.seed], self.path == "compiled"
        )
        self.replay = Replay(1, data.environments, data.buffer_size, widths)
        self.environments = make(
            plan.task, data.environments, plan.seed, 0, plan.backend
        )
        self.actor = Actor(self.learner, [self.environments])
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
            raise checkpoint.StaleCheckpointError(str(error)) from None
        self.learner.updates = facts["updates"]
        counters = facts["environment_steps"], facts["iterations"]
        self.actor.restore(parts["actor"], *counters)
        self.last_evaluation, self.seconds = facts["last_evaluation"], facts["seconds"]
        self.records = Records(facts["rows"])
        self.diagnostics = {
            name: torch.tensor(value) for name, value in facts["diagnostics"].items()
        }
        checkpoint.load_replay(
            self.folder / "checkpoint", facts["segments"], self.replay
        )

    def _counters(self) -> Counters:
        return Counters(self.actor.environment_steps, self.learner.updates)

    def _learn_if_due(self) -> None:
        data = self.plan.recipe.data
        due = self.actor.environment_steps - data.initial_steps
        if len(self.replay) <= self.length:
            return  # not one sequence yet: the updates are made up for later
        while self.learner.updates * data.steps_per_update < due:
            batch = self.replay.sample(
                self.learner.seeds, self.learner.updates, self.sequences, self.length
            )
            self.diagnostics = self.learner.update(batch)

    def _evaluate_if_due(self) -> None:
        steps, interval = self.actor.environment_steps, self.plan.interval
        if steps // interval == self.last_evaluation // interval:
            return
        self.last_evaluation = steps
        plan = self.plan
        returns = evaluation.episode_returns(
            self.learner.problem.policy,
            self.learner.state["policy"][0].detach(),
            plan.task,
            plan.backend,
            plan.seed,
            steps,
            plan.episodes,
        )
        self.records.note_evaluation(self._counters(), returns, self.diagnostics)
        self.records.note_time(self._counters(), time.monotonic() - self._started)

    def _progress(self) -> Progress:
        seconds = time.monotonic() - self._started
        steps = self.actor.environment_steps
        speed = steps / max(seconds, 1e-9)
        left = (self.plan.steps - steps) / max(speed, 1e-9)
        recent = self.records.recent_return()
        return Progress(steps, self.plan.steps, recent, speed, left)
