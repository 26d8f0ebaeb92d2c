"""Runs that train together: act, learn, evaluate, save, until the budget is reached.

The loop knows no clock: the same configuration and seed give the same curve, however
often it was stopped. Every tensor has a leading axis R. Each run has its own folder,
checkpoint and tables, which do not show what it was trained with.
"""

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from torch import Tensor

from mpo_repro.environments import make, spec
from mpo_repro.training import memory, schedule
from mpo_repro.training.actor import Actor
from mpo_repro.training.checkpoint import StaleCheckpointError
from mpo_repro.training.group import ALONE
from mpo_repro.training.guard import UPDATES, UnsoundRunError
from mpo_repro.training.learner import Learner
from mpo_repro.training.member import Member, Saved, choose_path, load_all, of_run
from mpo_repro.training.plan import InterruptedRunError, Plan, Progress
from mpo_repro.training.problem import action_size
from mpo_repro.training.records import Counters
from mpo_repro.training.replay import empty_replay

CHECKPOINT_SECONDS = 60.0


class Cohort:
    """R runs in progress, of one task, budget and shape of computation.

    Attributes:
      members: the runs, in the order of the axis R.
    """

    group, saves_by_clock, evaluates = ALONE, True, True  # `workers` has others
    _show: Callable[[Progress], None] | None = None

    def __init__(self, plans: Sequence[Plan], folders: Sequence[Path]):
        """Starts the runs, or takes them up where their checkpoints left them.

        Raises:
          StaleCheckpointError: if a folder's checkpoint belongs to another run, or the
            runs do not stand at the same step.
          ValueError: if the runs cannot be trained together, or not on their path.
        """
        torch.set_num_threads(1)
        memory.keep_freed()
        self.plan = plans[0]  # what the runs share is read from it
        self.members = [Member(*one) for one in zip(plans, folders, strict=True)]
        self.last_evaluation, self.diagnostics = 0, {}
        sizes = spec(self.plan.task)
        self.widths = sizes.observation_size, action_size(self.plan.recipe, sizes)
        self.replay = empty_replay(plans, self.widths)
        found = load_all(self.members, self.replay)
        self.path = choose_path(self.members, found)
        self._build()
        self._started = time.monotonic()
        if found:
            self._restore(found)

    def train(
        self, progress: Callable[[Progress], None] | None, stop: threading.Event
    ) -> None:
        """Goes on until the budget is reached or `stop` is set.

        Raises:
          InterruptedRunError: if `stop` was set; the state is saved.
          UnsoundRunError: if a number of run `error.run` is not finite, or its Q
            diverges; its state is kept apart, and its checkpoint stays the last one
            before. The other runs are saved.
        """
        try:
            self._train(progress, stop)
        except UnsoundRunError as error:
            reason = self._keep_stopped(error)
            self._save([n for n in range(len(self.members)) if n != error.run])
            raise UnsoundRunError(reason, error.run) from None

    def _train(
        self, progress: Callable[[Progress], None] | None, stop: threading.Event
    ) -> None:
        if self.evaluates:
            self._each(lambda run, member: member.prepare())
        self._show, saved = progress, time.monotonic()
        while self.actor.environment_steps < self.plan.steps:
            episodes = self.actor.step(self.replay, self._learn_if_due)
            self._each(self._look_at_step)
            for episode in episodes:
                records = self.members[episode.run].records
                records.note_behaviour(self._counters(), episode.episode_return)
            self._evaluate_if_due()
            stopping = stop.is_set()  # once: set a moment later, it must not go unsaved
            waited = self.saves_by_clock and time.monotonic() - saved
            if stopping or waited > CHECKPOINT_SECONDS:
                self.save()
                saved = time.monotonic()
            if stopping:
                folders = [str(member.folder) for member in self.members]
                raise InterruptedRunError(f"saved in {', '.join(folders)}")
            if progress and self.actor.iterations % 100 == 0:
                progress(self._progress())
        self.save()

    def save(self) -> None:
        """Writes the checkpoints and the tables as they stand."""
        self._save(range(len(self.members)))

    def _save(self, runs: Sequence[int]) -> None:
        def save(run: int, member: Member) -> None:
            about = self._tensors(run), self._facts(), of_run(self.diagnostics, run)
            member.save(*about, self.replay.of(run))

        self._each(save, runs)

    def _keep_stopped(self, error: UnsoundRunError) -> str:
        """Writes the state of the run whose numbers went wrong; returns why."""
        run, batch = error.run, self.batch
        return self.members[run].keep_stopped(
            "{}, at environment step {:,}, update {:,}".format(
                error, *self._counters()
            ),
            self._tensors(run),
            self._facts(),
            of_run(self.diagnostics, run),
            of_run(batch._asdict(), run) if batch is not None else {},
        )

    def _each(
        self, act: Callable[[int, Member], None], runs: Sequence[int] | None = None
    ) -> None:
        """Does something for every run; an error about its numbers names the run."""
        for run in range(len(self.members)) if runs is None else runs:
            try:
                act(run, self.members[run])
            except UnsoundRunError as error:
                error.run = run
                raise

    def _tensors(self, run: int) -> dict[str, Tensor]:
        """Everything of one run that changes, as a checkpoint has it."""
        tensors = of_run(self.learner.state, run)
        state = self.environments[run].state()
        tensors |= {f"environments/{n}": torch.as_tensor(v) for n, v in state.items()}
        actor = of_run(self.actor.tensors(), run)
        return tensors | {f"actor/{name}": value for name, value in actor.items()}

    def _facts(self) -> dict:
        return {
            "path": self.path,
            "updates": self.learner.updates,
            **self.actor.counters(),
            "last_evaluation": self.last_evaluation,
            "seconds": self._share,
        }

    def _build(self) -> None:
        plan, data = self.plan, self.plan.recipe.data
        self.learner = Learner(
            [member.plan.recipe for member in self.members],
            *self.widths,
            [member.plan.seed for member in self.members],
            self.path,
            plan.device,
            self.group,
        )
        self.environments = [
            make(plan.task, data.environments, seed, 0, plan.backend)
            for seed in self.learner.seeds
        ]
        self.actor = Actor(self.learner, self.environments)
        self.batch = None  # what was last learnt from
        evaluation = plan.recipe.policy_evaluation
        self.length = evaluation.window
        self.sequences = max(1, round(data.batch_states / evaluation.sequence_length))

    def _restore(self, found: list[tuple[dict, dict]]) -> None:
        # Checkpoints without episodes are older than the setting that counts them.
        saved, facts = Saved(found), {"episodes": 0} | found[0][1]
        for name, value in saved.learner.items():
            self.learner.state[name].copy_(value)
        try:
            pairs = zip(self.environments, saved.environments, strict=True)
            for environments, arrays in pairs:
                environments.restore(arrays)
        except (ValueError, RuntimeError) as error:
            raise StaleCheckpointError(str(error)) from None
        counters = {name: facts[name] for name in self.actor.counters()}
        self.actor.restore(saved.actor, counters)
        self.learner.updates, self.diagnostics = facts["updates"], saved.diagnostics
        self.last_evaluation = facts["last_evaluation"]
        self._started -= facts["seconds"] * len(self.members)

    def _counters(self) -> Counters:
        return Counters(self.actor.environment_steps, self.learner.updates)

    def _look_at_step(self, run: int, member: Member) -> None:
        observations = self.actor.observations[run : run + 1]
        rows = self.replay.latest[run : run + 1].numpy()
        member.guard.look_at_step(rows, self.replay.widths, observations)

    def _look_at_update(self, run: int, member: Member) -> None:
        member.guard.look_at_update(of_run(self.diagnostics, run))

    def _learn_if_due(self) -> None:
        data = self.plan.recipe.data
        gathered = self.actor.environment_steps, self.actor.episodes
        due = schedule.updates_due(data, *gathered)
        if len(self.replay) <= self.length:
            return  # not one sequence yet: the updates are made up for later
        while self.learner.updates < due:
            if self.batch is None:
                self._show_compiling()
            self.batch = self.replay.sample(
                self.learner.seeds, self.learner.updates, self.sequences, self.length
            )
            self.diagnostics = self.learner.update(self.batch)
            if self.learner.updates % UPDATES == 0:
                self._each(self._look_at_update)

    def _evaluate_if_due(self) -> None:
        steps, interval = self.actor.environment_steps, self.plan.interval
        if steps // interval == self.last_evaluation // interval:
            return
        self._each(self._look_at_update)
        self.last_evaluation = steps
        if self.evaluates:
            self._each(self._evaluate)

    def _evaluate(self, run: int, member: Member) -> None:
        state, seen = of_run(self.learner.state, run), of_run(self.diagnostics, run)
        member.evaluate(self.learner.problem, state, self._counters(), seen)
        member.records.note_time(self._counters(), self._share)

    @property
    def _share(self) -> float:
        """Wall time in seconds, divided evenly among the runs."""
        return (time.monotonic() - self._started) / len(self.members)

    def _show_compiling(self) -> None:
        if self._show and self.learner.compiled:
            self._show(self._progress()._replace(compiling=True))

    def _progress(self) -> Progress:
        steps, seconds = self.actor.environment_steps, self._share * len(self.members)
        recent = [member.records.recent_return() for member in self.members]
        return Progress.estimate(steps, self.plan.steps, seconds, recent)
