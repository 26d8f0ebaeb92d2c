"""What a run costs: time, memory and disk, from a calibration of a machine.

Nothing here imports torch: Snakemake asks for these numbers while it reads a study.
"""

import math
from typing import NamedTuple

from mpo_repro.benchmark.products import convolving, operations
from mpo_repro.config import Evaluation, Recipe
from mpo_repro.environments import spec
from mpo_repro.mpo import filters
from mpo_repro.training.execution import rule
from mpo_repro.training.schedule import updates_expected

KINDS = 2  # of evaluation episodes: mean and sampled actions
FLOAT = 4  # bytes
PAPER = 1  # which of a calibration's updates has the paper's sizes
FIELDS = 4  # of a row of replay, besides observation and two actions
ROW_BYTES = 120  # of a curve's row, in the tables and the texts of two checkpoints
FOLDER_BYTES = 100_000  # tables' headers, run.json, marker


class Task(NamedTuple):
    """Seconds that a task's environments take, E of them in a batch."""

    make: float  # making one environment, once
    begin: float  # starting an episode, per environment
    step: float  # a step of the whole batch, whatever E
    environment: float  # a step of one environment


class Calibration(NamedTuple):
    """What was measured of a machine.

    Attributes:
      machine: its name, processor and number of cores.
      device: where updates are made.
      start_seconds: until a process has imported all that a run needs.
      compile_seconds: of a first update with nothing in the compiler's cache, and with
        the cache filled.
      updates: (operations of its products, seconds) of plain updates, in that order.
      acting_seconds: of the policy and of replay, per step of a batch, by execution
        path.
      speedup: how many times as fast a compiled update is.
      memory: peak of a process besides replay, bytes, by execution path.
      tasks: by "<task> <backend>".
      together: (R, seconds of one update of R runs) at the paper's sizes, where runs
        are one computation; empty on a CPU, where they take turns.
    """

    machine: str
    device: str
    start_seconds: float
    compile_seconds: tuple[float, float]
    updates: tuple[tuple[float, float], ...]
    acting_seconds: dict[str, float]
    speedup: float
    memory: dict[str, float]
    tasks: dict[str, Task]
    together: tuple[tuple[float, float], ...] = ()


class Run(NamedTuple):
    """What is to be trained, as far as it costs anything."""

    recipe: Recipe
    task: str
    backend: str
    steps: int
    evaluation: Evaluation
    execution: str | None = None  # the path that its study wants; None: the rule's


class Cost(NamedTuple):
    """What one run is expected to take."""

    seconds: float
    compile_seconds: float  # in addition, for the first run of its shape
    learning: float  # of the seconds, those of updates
    acting: float  # and those of acting and evaluating
    memory: float  # peak, bytes
    disk: float  # at its end, bytes


def predict(run: Run, machine: Calibration) -> Cost:
    """Adds up what a run takes on a machine."""
    count = _updates(run)
    path = run.execution or rule(count)
    if path == "bfloat16":  # not measured by itself: it takes no longer
        path = "compiled"
    if path not in machine.memory:  # it was not available when this was measured
        path = "plain"
    learning = count * update_seconds(run, machine, path)
    acting = _acting_seconds(run, machine, path)
    seconds, cold = machine.start_seconds + learning + acting, 0.0
    if path == "compiled":
        first, again = machine.compile_seconds
        seconds, cold = seconds + again, first - again
    memory = machine.memory[path] + replay_bytes(run)
    return Cost(seconds, cold, learning, acting, memory, disk_bytes(run))


def of_cohort(run: Run, runs: int, machine: Calibration) -> Cost:
    """Adds up what R runs take that differ from this one in numbers only.

    On a CPU their updates take turns. Elsewhere one update of all takes what was
    measured, and more as its products are larger than the paper's; environments stay
    on the host, where they take turns.

    Args:
      run: one of them.
      runs: R.
      machine: what was measured.
    """
    one = predict(run, machine)
    learning, acting = runs * one.learning, runs * one.acting
    if machine.together:
        size = operations(run.recipe, *_widths(run)) / machine.updates[PAPER][0]
        update = interpolate(machine.together, runs) * max(1.0, size)
        learning = _updates(run) * update
    start = one.seconds - one.learning - one.acting
    return one._replace(
        seconds=start + learning + acting,
        learning=learning,
        acting=acting,
        memory=one.memory + (runs - 1) * replay_bytes(run),
        disk=runs * one.disk,
    )


def update_seconds(run: Run, machine: Calibration, path: str) -> float:
    """Reads an update's time off those measured, by its products' operations."""
    plain = interpolate(machine.updates, operations(run.recipe, *_widths(run)))
    return plain / machine.speedup if path == "compiled" else plain


def replay_bytes(run: Run) -> int:
    """Memory of replay, which is touched as it fills.

    Rows of float32; of an image a row keeps the youngest frame, as bytes.
    """
    environments = run.recipe.data.environments
    observation, action = _widths(run)
    image = spec(run.task).image
    if image is not None:
        observation = math.prod(image[1:]) // FLOAT
    # The last state of an episode has a row too.
    length = spec(run.task).episode_length
    written = math.ceil(run.steps / environments * (length + 1) / length)
    capacity = max(run.recipe.data.buffer_size // environments, 1)
    width = observation + 2 * action + FIELDS
    return min(written, capacity) * environments * width * FLOAT


def disk_bytes(run: Run) -> int:
    """A run's folder: replay, two states of the checkpoint, tables."""
    # Parameters, Adam's two moments and the target, in the newest state and the last.
    state = 2 * 4 * FLOAT * parameters(run)
    evaluations = run.steps // run.evaluation.interval
    rows = evaluations * KINDS * run.evaluation.episodes
    rows += run.steps // spec(run.task).episode_length
    return replay_bytes(run) + state + ROW_BYTES * rows + FOLDER_BYTES


def parameters(run: Run) -> int:
    """Counts the numbers of policy and critics."""
    recipe, (observation, action) = run.recipe, _widths(run)
    outputs = {"full": action * (action + 3) // 2, "diagonal": 2 * action, None: action}
    covariance = getattr(recipe.policy, "covariance", None)
    policy = _network(recipe.policy, observation, outputs[covariance])
    values = (observation + action, 1)
    if recipe.critic.torso != "mlp":  # a value for each action
        values = (observation, action)
    critic = _network(recipe.critic, *values)
    return policy + recipe.critic.count * critic


def interpolate(points: tuple[tuple[float, float], ...], at: float) -> float:
    """Reads a value off a line through points, longer at its upper end only.

    Args:
      points: (x, y), by x, at least two.
      at: where; below the first point its value holds.
    """
    if at <= points[0][0]:
        return points[0][1]
    pairs = list(zip(points, points[1:], strict=False))
    left, right = next((p for p in pairs if at <= p[1][0]), pairs[-1])
    slope = (right[1] - left[1]) / (right[0] - left[0])
    return left[1] + slope * (at - left[0])


def _updates(run: Run) -> int:
    length = spec(run.task).episode_length
    return updates_expected(run.recipe.data, run.steps, length)


def _acting_seconds(run: Run, machine: Calibration, path: str) -> float:
    """Training's episodes, and evaluation's, whose acting is never compiled."""
    task = _measured(run, machine)
    length = spec(run.task).episode_length
    environments = run.recipe.data.environments
    episodes = KINDS * run.evaluation.episodes
    seconds = (environments + episodes) * task.make
    seconds += run.steps * (task.begin / length + task.environment)
    seconds += run.steps / environments * (machine.acting_seconds[path] + task.step)
    batch = machine.acting_seconds["plain"] + task.step
    evaluations = run.steps // run.evaluation.interval
    one = episodes * task.begin + length * (batch + episodes * task.environment)
    # Acting was measured with vectors.
    states = run.steps + evaluations * length * episodes
    seconds += states * convolving(run.recipe) * _operation_seconds(machine)
    return seconds + evaluations * one


def _operation_seconds(machine: Calibration) -> float:
    """Seconds of one more operation in a large update."""
    (few, fast), (many, slow) = machine.updates[-2:]
    return (slow - fast) / (many - few)


def _measured(run: Run, machine: Calibration) -> Task:
    """The task's own times, or those of the dearest task if it was not measured."""
    dearest = max(machine.tasks.values(), key=lambda task: task.environment)
    return machine.tasks.get(f"{run.task} {run.backend}", dearest)


def _widths(run: Run) -> tuple[int, int]:
    """Elements of an observation and an action; one of a number is a unit vector."""
    sizes = spec(run.task)
    return sizes.observation_size, sizes.choices or sizes.action_size


def _network(part, inputs: int, outputs: int) -> int:
    convolutions, before = filters.BY_NAME[getattr(part, "torso", "mlp")], 0
    if convolutions is not None:
        before = sum(map(math.prod, filters.layout(convolutions).values()))
        inputs = filters.size(convolutions)
    widths = (inputs, *part.hidden, outputs)
    pairs = zip(widths, widths[1:], strict=False)
    norm = 2 * part.hidden[0] if part.layer_norm and part.hidden else 0
    return before + sum((rows + 1) * columns for rows, columns in pairs) + norm
