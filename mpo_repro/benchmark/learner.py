"""The learner's update against a plain one and against its matrix products alone."""

from mpo_repro.benchmark.interleaved import Command, Timings, measure, worker
from mpo_repro.benchmark.sizes import Sizes


def rivals(sizes: Sizes, path: str, threads: int) -> dict[str, Command]:
    """Lists whom an update is compared with, itself included.

    Args:
      sizes: of the update.
      path: one of execution.PATHS, for ours.
      threads: of each process.
    """
    given = {"sizes": sizes._asdict(), "threads": threads}
    return {
        "ours": worker("updates.ours", path=path, **given),
        "eager": worker("updates.ours", path="plain", **given),
        "plain": worker("updates.plain", **given),
        "limit": worker("updates.limit", **given),
    }


def benchmark(
    sizes: Sizes, path: str, threads: int, rounds: int, repetitions: int
) -> dict:
    """Measures updates in turns.

    Args:
      sizes: of the update.
      path: one of execution.PATHS, for ours.
      threads: of each process.
      rounds: turns of each rival.
      repetitions: updates per turn.

    Returns:
      Times in ms and their ratios; see `summarise`.
    """
    found = measure(rivals(sizes, path, threads), rounds, repetitions)
    about = {"sizes": sizes._asdict(), "threads": threads}
    return about | {"updates": rounds * repetitions} | summarise(found)


def summarise(found: dict[str, Timings]) -> dict:
    """Puts times and ratios together.

    Args:
      found: timings of ours, eager, plain and limit.

    Returns:
      `median_ms`, `p10_ms`, `p90_ms` of our update; the same of our operation by
      operation (`eager_`) and of the plain update (`plain_`); `gemm_ms`, median of the
      products alone, and their speed in 1e9 operations per second; how many times as
      fast as each, the share of the limit, and the compiler's seconds.
    """
    ours = found["ours"].milliseconds()
    eager = found["eager"].milliseconds("eager_")
    plain = found["plain"].milliseconds("plain_")
    gemm = found["limit"].milliseconds("gemm_")["gemm_median_ms"]
    median, facts = ours["median_ms"], found["ours"].facts
    compiled = facts["execution"] == "compiled"
    return {
        "execution": facts["execution"],
        **ours,
        **eager,
        **plain,
        "gemm_ms": gemm,
        "gemm_gflops": found["limit"].facts["operations"] / gemm / 1e6,
        "speedup_over_eager": eager["eager_median_ms"] / median,
        "speedup_over_plain": plain["plain_median_ms"] / median,
        "share_of_limit": gemm / median,
        "compile_seconds": facts["first_seconds"] - median / 1e3 if compiled else 0.0,
    }
