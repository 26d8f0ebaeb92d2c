"""What belongs to one run of a cohort: folder, identity, checkpoint, records, guard."""

import functools
import logging
from pathlib import Path

import torch
from torch import Tensor

from mpo_repro.config.recipes import recipe_hash
from mpo_repro.environments import spec
from mpo_repro.training import evaluation, execution, run_folder, schedule
from mpo_repro.training.checkpoint import Checkpoint, StaleCheckpointError
from mpo_repro.training.guard import Guard
from mpo_repro.training.inspection import keep_stopped
from mpo_repro.training.plan import Plan
from mpo_repro.training.problem import Problem
from mpo_repro.training.records import Counters, Records
from mpo_repro.training.replay import Replay

_LOG = logging.getLogger(__name__)  # where nobody has set it: the bare line, on stderr


class Member:
    """One run; the tensors that it is given have a leading axis of length 1.

    Attributes:
      records: what the tables of the run folder hold so far.
      path_changes: where the execution path changed, as run.json has it.
    """

    def __init__(self, plan: Plan, folder: Path):
        """Reads and writes nothing yet."""
        self.plan, self.folder = plan, folder
        self.hash = recipe_hash(plan.recipe, plan.task, plan.backend)
        self.records, self.path_changes = Records(), []
        self.guard = Guard(plan.recipe.policy_evaluation.discount)
        identity = f"{self.hash}/seed-{plan.seed}"
        self.checkpoint = Checkpoint(folder / "checkpoint", identity)

    @functools.cached_property
    def stage(self) -> evaluation.Stage:
        """Where its evaluations are played; a worker beside the first has none."""
        plan = self.plan
        return evaluation.Stage(plan.task, plan.backend, plan.seed, plan.episodes)

    def prepare(self) -> None:
        """Holds what evaluations need before training.

        Memory that comes with the first evaluation, hours later, is easily not there.
        """
        if self.plan.steps >= self.plan.interval:
            self.stage.prepare()

    def load(self, replay: Replay | None = None) -> tuple[dict, dict] | None:
        """Reads the checkpoint, if there is one; see `Checkpoint.load`."""
        found = self.checkpoint.load(replay)
        if found:
            self.records = Records(found[1]["rows"])
            self.path_changes = found[1].get("path_changes", [])
            self.guard.largest_reward = found[1]["largest_reward"]
        return found

    def save(
        self,
        tensors: dict[str, Tensor],
        facts: dict,
        diagnostics: dict[str, Tensor],
        replay: Replay,
    ) -> None:
        """Writes the checkpoint and the tables as they stand.

        Raises:
          UnsoundRunError: if a number is not finite; nothing is written.
        """
        self.guard.look_at_update(diagnostics)
        self.guard.look_at_state(tensors)
        told = {
            "largest_reward": self.guard.largest_reward,
            "diagnostics": {n: v.tolist() for n, v in diagnostics.items()},
            "rows": self.records.rows,
            "path_changes": self.path_changes,
        }
        self.checkpoint.save(tensors, facts | told, replay)
        run_folder.write_tables(self.folder, self.records.rows)

    def evaluate(
        self,
        problem: Problem,
        state: dict[str, Tensor],
        at: Counters,
        diagnostics: dict[str, Tensor],
    ) -> None:
        """Plays episodes and notes what they and the last update gave.

        Raises:
          UnsoundRunError: if a return is not finite.
        """
        act = evaluation.acting(problem, {n: value[0] for n, value in state.items()})
        number = at.environment_steps // self.plan.interval
        returns = self.stage.play(act, number)
        self.guard.look_at_returns(returns)
        self.records.note_evaluation(at, returns, diagnostics)

    def keep_stopped(
        self,
        reason: str,
        tensors: dict[str, Tensor],
        facts: dict,
        diagnostics: dict[str, Tensor],
        batch: dict[str, Tensor],
    ) -> str:
        """Writes the state as it is, with what was last learnt from; gives `reason`."""
        tensors = tensors | {f"batch/{name}": value for name, value in batch.items()}
        told = {name: str(value.tolist()) for name, value in diagnostics.items()}
        keep_stopped(
            self.folder, tensors, facts | {"reason": reason, "diagnostics": told}
        )
        return reason


def of_run(tensors: dict[str, Tensor], index: int) -> dict[str, Tensor]:
    """Takes one run's part of tensors [R, ...], on the host: [1, ...]."""
    return {
        name: value[index : index + 1].detach().cpu() for name, value in tensors.items()
    }


def choose_path(members: list[Member], found: list[tuple[dict, dict]]) -> str:
    """Chooses the execution path of runs that start or go on.

    A change is noted in each run. A line of the log (stderr, unless set otherwise)
    explains it, and also why a new run takes another path than the rule's.

    Args:
      members: the runs; their plans differ in recipe and seed only.
      found: as `load_all` gives it.

    Raises:
      ConfigError: if what is wanted, or a run so far needed, is not available here.
    """
    plan, facts = members[0].plan, found[0][1] if found else {}
    length, before = spec(plan.task).episode_length, facts.get("path")
    updates = schedule.updates_expected(plan.recipe.data, plan.steps, length)
    path, reason = execution.settle(updates, plan.execution, before)
    if before in (None, path):
        if reason:
            _LOG.warning("updates are not compiled: %s", reason)
        return path
    at = {name: facts[name] for name in ("environment_steps", "updates")}
    for member in members:
        change = at | {"from": before, "to": path, "reason": reason}
        member.path_changes = [*member.path_changes, change]
    place = f"{path} from environment step {at['environment_steps']:,} on"
    _LOG.warning("%s, %s before: %s", place, before, reason)
    return path


def load_all(members: list[Member], replay: Replay) -> list[tuple[dict, dict]]:
    """Reads the checkpoints of all runs; an empty list if there are none.

    Raises:
      StaleCheckpointError: if the runs do not stand at the same step.
    """
    found = [member.load(replay.of(run)) for run, member in enumerate(members)]
    steps = {facts and facts[1]["environment_steps"] for facts in found}
    if len(steps) > 1:
        raise StaleCheckpointError(f"runs stand at different steps, {steps}")
    return found if found[0] else []


class Saved:
    """What the checkpoints of all runs hold, put side by side.

    Attributes:
      learner: tensors by name, [R, ...].
      actor: tensors by name, [R, ...].
      environments: arrays by name, of each run.
      diagnostics: of the last update, [R].
    """

    def __init__(self, found: list[tuple[dict[str, Tensor], dict]]):
        """Takes tensors and facts of each run, as `Member.load` gives them."""
        rooms = [_rooms(tensors) for tensors, _ in found]
        self.learner = _together([room[""] for room in rooms])
        self.actor = _together([room["actor"] for room in rooms])
        self.environments = [
            {name: value.numpy() for name, value in room["environments"].items()}
            for room in rooms
        ]
        told = [facts["diagnostics"].items() for _, facts in found]
        self.diagnostics = _together(
            [{name: torch.tensor(value) for name, value in one} for one in told]
        )


def _together(parts: list[dict[str, Tensor]]) -> dict[str, Tensor]:
    """Puts tensors [1, ...] of each run side by side: [R, ...]."""
    return {name: torch.cat([part[name] for part in parts]) for name in parts[0]}


def _rooms(tensors: dict[str, Tensor]) -> dict[str, dict[str, Tensor]]:
    """Sorts a checkpoint's tensors by what stands before the first slash."""
    rooms: dict[str, dict[str, Tensor]] = {"": {}, "environments": {}, "actor": {}}
    for name, value in tensors.items():
        room, _, key = name.partition("/") if "/" in name else ("", "", name)
        rooms[room][key] = value
    return rooms
