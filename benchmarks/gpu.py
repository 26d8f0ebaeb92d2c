"""Runs that learn together on a GPU: updates, and learning beside the CPU's.

    benchmarks/gpu.sh

Each part is a command of mpo-repro. What is not there, fails or would last beyond the
eight minutes is "not measured", and the other parts go on.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from mpo_repro.training.run_folder import provenance

HERE = Path(__file__).resolve().parent
COMMAND = Path(sys.executable).with_name("mpo-repro")
SECONDS = 480.0  # of all parts
RUNS, QUICK_RUNS = (1, 16, 64, 256), (1, 2)
SEEDS = 0, 1, 2, 3  # of the runs that are trained
TASK = "cartpole-swingup"
STEPS, QUICK_STEPS = 20_000, 400
MISSING = "not measured"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measures part by part, writes all, and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    parser.add_argument("--quick", action="store_true", help="small sizes")
    parser.add_argument("--out", type=Path, default=HERE.parent / "build" / "gpu")
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    results = measured(options.device, options.quick, options.out.resolve())
    text = json.dumps(results, indent=1) + "\n"
    (options.out / "gpu.json").write_text(text, encoding="utf-8")
    print(table(results))


def measured(device: str, quick: bool, out: Path) -> dict:
    """Runs all parts.

    Args:
      device: of the updates, and of a training beside the CPU's.
      quick: small sizes, plain execution.
      out: where the trained runs are written, in a folder per device.

    Returns:
      `machine`, `versions`; `updates`, by device and number of runs what `mpo-repro
      benchmark cohorts` gives; `learning`, by device what `trained` gives. A part that
      is not measured is None.
    """
    end = time.monotonic() + SECONDS
    here = provenance()
    devices = dict.fromkeys((device, "cuda"))
    updates = {
        name: {str(runs): _updates(name, runs, quick, end) for runs in _runs(quick)}
        for name in devices
    }
    learning = {
        name: trained(name, quick, out, end) for name in dict.fromkeys((device, "cpu"))
    }
    parts = {"updates": updates, "learning": learning}
    return {"machine": here["machine"], "versions": here["versions"]} | parts


def _runs(quick: bool) -> tuple[int, ...]:
    return QUICK_RUNS if quick else RUNS


def _updates(device: str, runs: int, quick: bool, end: float) -> dict | None:
    rounds = ["--rounds", "2", "--execution", "plain"] if quick else ["--rounds", "30"]
    words = ["--runs", str(runs), "--device", device, *rounds, "--json"]
    output = _output(["benchmark", "cohorts", *words], end, HERE.parent)
    return None if output is None else json.loads(output)["cohorts"][str(runs)]


def trained(device: str, quick: bool, out: Path, end: float) -> dict | None:
    """Trains one run per seed together.

    Returns:
      `seconds` of the whole command; `returns`, each run's mean return of the last
      evaluation; None if they were not trained.
    """
    folder = out / device
    folder.mkdir(parents=True, exist_ok=True)
    steps = QUICK_STEPS if quick else STEPS
    study = folder / "gpu-check.yaml"
    study.write_text(json.dumps(_study(steps)), encoding="utf-8")  # JSON is YAML
    runs = [word for seed in SEEDS for word in ("--run", f"default/{seed}")]
    words = ["--study", str(study), "--task", TASK, "--device", device, *runs]
    start = time.monotonic()
    if _output(["cohort", *words], end, folder) is None:
        return None
    seconds = time.monotonic() - start
    return {"seconds": seconds, "steps": steps, "returns": _returns(folder)}


def _study(steps: int) -> dict:
    settings = {"data.environments": 4, "data.steps_per_update": 8.0}
    return {
        "name": "gpu-check",
        "title": "Runs that learn together",
        "description": "Learning of four runs, on two devices.",
        "tasks": [TASK],
        "seeds": list(SEEDS),
        "steps": steps,
        "evaluation": {"interval": steps // 2, "episodes": 2},
        "arms": {"default": {"recipe": "default", "label": "MPO", "set": settings}},
    }


def _returns(folder: Path) -> list[float]:
    """Mean return of each run's last evaluation with the policy's mean."""
    import pandas as pd

    curves = sorted(folder.glob("results/runs/*/*/seed-*/curve.parquet"))
    tables = [pd.read_parquet(path).query("kind == 'mean'") for path in curves]
    last = [
        table[table.environment_steps == table.environment_steps.max()]
        for table in tables
    ]
    return [float(rows["episode_return"].mean()) for rows in last]


def _output(words: list[str], end: float, folder: Path) -> str | None:
    """What a command prints; None if it fails or there is no time left for it."""
    print("mpo-repro", *words, file=sys.stderr)
    left = end - time.monotonic()
    try:
        done = subprocess.run(
            [COMMAND, *words],
            stdout=subprocess.PIPE,
            text=True,
            timeout=max(left, 0.1),
            cwd=folder,
        )
    except subprocess.TimeoutExpired:
        return None
    return done.stdout if done.returncode == 0 else None


def table(found: dict) -> str:
    """Gives what was found as two tables of Markdown."""
    lines = [
        "| Device | runs | update of all, ms | updates of all, 1/s | outside the GPU |",
        "| --- | --- | --- | --- | --- |",
    ]
    for device, rows in found["updates"].items():
        lines += [_row(device, runs, *_speed(row)) for runs, row in rows.items()]
    lines += [
        "",
        f"| {len(SEEDS)} runs of {TASK} on | steps | seconds | return, mean and sd |",
        "| --- | --- | --- | --- |",
    ]
    for device, row in found["learning"].items():
        lines.append(_row(device, *_learning(row)))
    return "\n".join(lines)


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _speed(row: dict | None) -> tuple[str, str, str]:
    if row is None:
        return MISSING, MISSING, MISSING
    outside = row["outside_gpu"]
    share = MISSING if outside is None else f"{outside:.0%}"
    return f"{row['median_ms']:.2f}", f"{row['updates_per_second']:.1f}", share


def _learning(row: dict | None) -> tuple[str, str, str]:
    if row is None:
        return MISSING, MISSING, MISSING
    returns = row["returns"]
    spread = f"{statistics.mean(returns):.1f}, {statistics.stdev(returns):.1f}"
    return f"{row['steps']:,}", f"{row['seconds']:.0f}", spread


if __name__ == "__main__":
    main()
