"""One training run: act, learn, evaluate, save, until the budget is reached.

The loop knows no clock: the same configuration and seed give the same curve, however
often it was stopped. Every tensor has a leading axis R; the workflow trains one run per
process, R = 1.
"""

import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import torch

from mpo_repro.config.recipe import Recipe
from mpo_repro.config.recipes import recipe_hash
from mpo_repro.environments import make, spec
from mpo_repro.training import checkpoint, evaluation, execution, run_folder
from mpo_repro.training.actor import Actor
from mpo_repro.training.learner import Learner
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
      rows: what the tables of the run folder hold so far.
    """

    def __init__(self, plan: Plan, folder: Path):
        """Starts a run, or takes it up where its checkpoint left it.

        Raises:
          StaleCheckpointError: if the folder's checkpoint belongs to another run.
        """
        torch.set_num_threads(1)
        self.plan, self.folder = plan, folder
        self.hash = recipe_hash(plan.recipe, plan.task, plan.backend)
        self.rows: dict[str, list] = {name: [] for name in run_folder.TABLES}
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
        saved, data = time.monotonic(), self.plan.recipe.data
        while self.actor.environment_steps < self.plan.steps:
            for episode in self.actor.step(self.replay):
                self._note_episode(episode)
            due = self.actor.environment_steps - data.initial_steps
            while self.learner.updates * data.steps_per_update < due:
                self._update()
            self._evaluate_if_due()
            if stop.is_set() or time.monotonic() - saved > CHECKPOINT_SECONDS:
                self.save()
                saved = time.monotonic()
            if stop.is_set():
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
            "rows": self.rows,
        }
        checkpoint.save(self.folder / "checkpoint", tensors, facts, self.replay)
        run_folder.write_tables(self.folder, self.rows)

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
        self.environments.restore(arrays)
        self.learner.updates = facts["updates"]
        counters = facts["environment_steps"], facts["iterations"]
        self.actor.restore(parts["actor"], *counters)
        self.last_evaluation, self.seconds = facts["last_evaluation"], facts["seconds"]
        self.rows = {
            name: [tuple(row) for row in rows] for name, rows in facts["rows"].items()
        }
        checkpoint.load_replay(
            self.folder / "checkpoint", facts["segments"], self.replay
        )

    def _update(self) -> None:
        batch = self.replay.sample(
            self.learner.seeds, self.learner.updates, self.sequences, self.length
        )
        self.diagnostics = self.learner.update(batch)

    def _counters(self) -> tuple[int, int]:
        return self.actor.environment_steps, self.learner.updates

    def _note_episode(self, episode) -> None:
        curve = self.rows["curve"]
        number = sum(1 for row in curve if row[2] == "behaviour")
        curve.append(
            (*self._counters(), "behaviour", number, float(episode.episode_return))
        )

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
        counters = self._counters()
        for kind, values in returns.items():
            for episode, value in enumerate(values):
                self.rows["curve"].append((*counters, kind, episode, float(value)))
        for name, value in self.diagnostics.items():
            self.rows["diagnostics"].append((*counters, name, float(value[0])))
        self._note_time()

    def _note_time(self) -> None:
        steps, updates = self._counters()
        seconds = time.monotonic() - self._started
        self.rows["timing"].append(
            (steps, updates, seconds, updates / seconds, steps / seconds)
        )

    def _progress(self) -> Progress:
        behaviour = [row[4] for row in self.rows["curve"] if row[2] == "behaviour"][-8:]
        seconds = time.monotonic() - self._started
        steps = self.actor.environment_steps
        speed = steps / max(seconds, 1e-9)
        left = (self.plan.steps - steps) / max(speed, 1e-9)
        recent = sum(behaviour) / len(behaviour) if behaviour else None
        return Progress(steps, self.plan.steps, recent, speed, left)


def train(
    plan: Plan, folder: Path, progress: Callable[[Progress], None] | None = None
) -> Path:
    """Trains one run to its budget, resuming what the folder holds.

    Args:
      plan: what to train.
      folder: the run folder, made if it does not exist.
      progress: called now and then with the state of things.

    Returns:
      The path of the marker file.

    Raises:
      InterruptedRunError: on SIGINT or SIGTERM; the state is saved first.
      StaleCheckpointError: if the folder belongs to another configuration.
    """
    marker = run_folder.marker(folder, plan.steps)
    if marker.exists():
        return marker
    folder.mkdir(parents=True, exist_ok=True)
    run = Run(plan, folder)
    about = run_folder.provenance() | {
        "task": plan.task,
        "seed": plan.seed,
        "hash": run.hash,
        "backend": plan.backend,
        "recipe": plan.recipe.model_dump(mode="json"),
        "steps": plan.steps,
        "execution_path": run.path,
    }
    ended = {"ended": "failed", "reason": "the process died"}
    run_folder.write_json(folder / "run.json", about | ended)
    try:
        run.train(progress, _stop_on_signals())
        ended = {"ended": "completed", "reason": None}
    except InterruptedRunError:
        ended = {"ended": "interrupted", "reason": "asked to stop"}
        raise
    except Exception as error:
        ended["reason"] = f"{type(error).__name__}: {error}"
        raise
    finally:
        run_folder.write_json(folder / "run.json", about | ended)
    content = {"steps": plan.steps, "hash": run.hash, "finished": True}
    run_folder.write_json(marker, content)
    return marker


def _stop_on_signals() -> threading.Event:
    """Returns an event that SIGINT and SIGTERM set, where signals can be caught."""
    stop = threading.Event()
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
    return stop
