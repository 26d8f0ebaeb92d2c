"""Measuring a machine, and keeping what was measured.

A calibration lies in the user's cache folder under the machine's name. Tasks are added
to it as studies ask for them.
"""

import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from mpo_repro.config import Study
from mpo_repro.study.cost import Calibration, Task
from mpo_repro.training.execution import choose

FORMAT = 3  # raise it when what is measured changes


class CalibrationError(RuntimeError):
    """A measuring process failed."""


def path(device: str = "cpu") -> Path:
    """Says where this machine's calibration is kept."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    name = platform.node() if device == "cpu" else f"{platform.node()}-{device}"
    return Path(cache) / "mpo_repro" / f"calibration-{name}.json"


def load(device: str = "cpu") -> Calibration | None:
    """Reads this machine's calibration; None if there is none of this format."""
    try:
        content = json.loads(path(device).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(content, dict) or content.pop("format", None) != FORMAT:
        return None
    tasks = {name: Task(*times) for name, times in content.pop("tasks").items()}
    content["updates"] = tuple(map(tuple, content["updates"]))
    content["compile_seconds"] = tuple(content["compile_seconds"])
    content["together"] = tuple(map(tuple, content["together"]))
    return Calibration(tasks=tasks, **content)


def save(machine: Calibration) -> Path:
    """Writes a calibration to its place; returns the path."""
    content = machine._asdict() | {"format": FORMAT}
    place = path(machine.device)
    place.parent.mkdir(parents=True, exist_ok=True)
    beside = place.with_suffix(f".{os.getpid()}")
    beside.write_text(json.dumps(content, indent=1), encoding="utf-8")
    return beside.replace(place)


def tasks_of(study: Study) -> list[str]:
    """Lists the "<task> <backend>" of a study and its parts, each once."""
    runs = study.runs()
    return list(dict.fromkeys(f"{run.task} {run.backend}" for run in runs))


def measure(tasks: Iterable[str], device: str = "cpu") -> Calibration:
    """Measures this machine; about half a minute and the tasks.

    Args:
      tasks: as `tasks_of` gives them.
      device: where updates are made.

    Raises:
      CalibrationError: if a process that measures fails.
    """
    # Side by side: what counts is the processor's time, and the compiler takes longest.
    with ThreadPoolExecutor() as pool:
        fused = pool.submit(_compiled) if choose(10**9) == "compiled" else None
        plain, known = _measured("plain"), measure_tasks(tasks)
    memory, acting = {"plain": plain["memory"]}, {"plain": plain["acting_seconds"]}
    compile_seconds, speedup = (0.0, 0.0), 1.0
    if fused:
        found = fused.result()
        compile_seconds = found["first_seconds"], found["again_seconds"]
        speedup = plain["paper_seconds"] / found["paper_seconds"]
        memory["compiled"] = found["memory"]
        acting["compiled"] = found["acting_seconds"]
    return Calibration(
        machine=f"{platform.node()}, {os.cpu_count()} cores",
        device=device,
        start_seconds=plain["start_seconds"],
        compile_seconds=compile_seconds,
        updates=tuple(map(tuple, plain["updates"])),
        acting_seconds=acting,
        speedup=speedup,
        memory=memory,
        tasks=known,
        together=() if device == "cpu" else _together(device),
    )


def _together(device: str) -> tuple[tuple[float, float], ...]:
    """Measures updates of several runs on a device, with nothing else going on."""
    return tuple(map(tuple, _measured("together", device)))


def _compiled() -> dict:
    """Measures with nothing in the compiler's cache."""
    with tempfile.TemporaryDirectory() as cache:
        return _measured("compiled", TORCHINDUCTOR_CACHE_DIR=cache)


def measure_tasks(tasks: Iterable[str]) -> dict[str, Task]:
    """Measures acting in tasks, each as `tasks_of` gives it."""
    found = _measured("tasks", *tasks)
    return {name: Task(*times) for name, times in found.items()}


def _measured(*arguments: str, **variables: str) -> dict:
    """Runs `measuring` in a process of its own, with one thread."""
    command = [sys.executable, "-m", "mpo_repro.study.measuring", *arguments]
    environment = os.environ | {"OMP_NUM_THREADS": "1"} | variables
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if done.returncode:
        told = done.stderr.strip().splitlines() or ["no message"]
        raise CalibrationError(f"{' '.join(arguments[:1])}: {told[-1]}")
    return json.loads(done.stdout.splitlines()[-1])
