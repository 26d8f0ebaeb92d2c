"""Environments per step: ours against EnvPool itself and dm_control's own loop."""

from mpo_repro.benchmark.interleaved import Timings, measure, worker
from mpo_repro.environments import spec

TASKS = ("cheetah-run", "walker-walk", "humanoid-walk")
RIVALS = ("ours", "ours_within_a_round", "envpool", "dm_control")


def benchmark(tasks: tuple[str, ...], count: int, threads: int, rounds: int) -> dict:
    """Measures whole rounds of episodes, in turns.

    Args:
      tasks: names of the control suite's tasks.
      count: E, environments stepped together.
      threads: of numpy's libraries; simulators have one.
      rounds: rounds of E episodes of each rival.

    Returns:
      Per task, times in ms per environment step; see `summarise`.
    """
    about = {"environments": count, "threads": threads, "rounds": rounds}
    return about | {"tasks": {t: _task(t, count, threads, rounds) for t in tasks}}


def _task(task: str, count: int, threads: int, rounds: int) -> dict:
    rivals = {
        name: worker(f"stepping.{name}", threads, task=task, count=count)
        for name in RIVALS
    }
    found = measure(rivals, rounds, 1)
    return summarise(found, count * spec(task).episode_length)


def summarise(found: dict[str, Timings], steps: int) -> dict:
    """Puts times per environment step and ratios together.

    Args:
      found: timings of RIVALS, each repetition a round.
      steps: environment steps of a round, E times the episode's length.

    Returns:
      `median_ms`, `p10_ms`, `p90_ms` of ours, the start of a round included, and
      `within_a_round_median_ms` without; `limit_ms` of EnvPool itself,
      `plain_median_ms` of dm_control's loop, and the ratios.
    """

    def median(name: str) -> float:
        return found[name].milliseconds(per=steps)["median_ms"]

    ours = found["ours"].milliseconds(per=steps)
    return {
        **ours,
        "within_a_round_median_ms": median("ours_within_a_round"),
        "limit_ms": median("envpool"),
        "plain_median_ms": median("dm_control"),
        "speedup_over_plain": median("dm_control") / ours["median_ms"],
        "share_of_limit": median("envpool") / ours["median_ms"],
    }
