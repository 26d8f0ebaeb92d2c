"""The mutation test: every change of the mathematics must turn a test red.

    python tests/mutation/run.py [--file e_step] [--quick] [--jobs N] [--out FILE]

Makes the mutants of mpo_repro/mpo (see `operators`), tests each in a process of its own
and prints a table. Exits with 1 if a mutant survives that `equivalents` does not list,
if one that it lists is killed or does not exist, or if the unchanged code is red.
"""

import argparse
import collections
import json
import multiprocessing
import os
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parent))

import equivalents  # noqa: E402
import hypothesis  # noqa: E402, F401
import mutants  # noqa: E402
import scipy.optimize  # noqa: E402, F401
import sympy  # noqa: E402, F401
import table  # noqa: E402
import torch  # noqa: E402
import trial  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    """Runs the command line; returns the exit status."""
    asked = _arguments()
    torch.set_num_threads(1)
    chosen = _chosen(asked.file)
    unknown = set(equivalents.REASONS) - {mutant.key for mutant in _chosen(None)}
    for key in sorted(unknown):
        print(f"equivalents.py names what is no mutant: {key}", file=sys.stderr)
    if asked.list:
        print("\n".join(mutant.key for mutant in chosen))
        return bool(unknown)
    with tempfile.TemporaryDirectory() as folder:
        rooms = ("mpo",) if asked.quick else trial.ROOMS
        rows = _try_all(chosen, Path(folder), asked.jobs, rooms)
    print(table.summary(rows))
    if asked.out:
        asked.out.parent.mkdir(parents=True, exist_ok=True)
        asked.out.write_text(table.markdown(rows), encoding="utf-8")
    wrong = [row for row in rows if row.is_wrong]
    for row in wrong:
        print(f"{row.state}: {row.mutant.key} (line {row.mutant.line})")
    return bool(wrong or unknown)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--file", help="stem of one module of mpo_repro/mpo")
    parser.add_argument("--quick", action="store_true", help="with tests/mpo only")
    parser.add_argument("--jobs", type=int, default=1, help="processes at a time")
    parser.add_argument("--out", type=Path, help="where the table goes (markdown)")
    parser.add_argument("--list", action="store_true", help="list keys, run nothing")
    return parser.parse_args()


def _chosen(stem: str | None) -> list[mutants.Mutant]:
    files = sorted((ROOT / "mpo_repro" / "mpo").glob(f"{stem or '*'}.py"))
    if not files:
        raise SystemExit(f"there is no module mpo_repro/mpo/{stem}.py")
    return [mutant for file in files for mutant in mutants.of_file(file)]


def _try_all(
    chosen: list[mutants.Mutant], folder: Path, jobs: int, rooms: tuple[str, ...]
) -> list[table.Row]:
    """Tests the unchanged code, then each mutant, `jobs` at a time."""
    original = folder / "original"
    trial.snapshot(ROOT, original, rooms)
    verdict, seconds = _finish(*_start(folder, original, None, []))
    if verdict.killer:
        raise SystemExit(f"the unchanged code is red: {verdict.killer}")
    print(f"unchanged: {verdict.tests} tests green in {seconds:.0f} s", flush=True)
    kills: collections.Counter = collections.Counter()
    rows, waiting, running = [], list(chosen), []
    while waiting or running:
        while waiting and len(running) < jobs:
            mutant = waiting.pop(0)
            likely = [name for name, _ in kills.most_common()]
            running.append((mutant, _start(folder, original, mutant, likely)))
        mutant, started = running.pop(0)
        verdict, seconds = _finish(*started)
        kills[verdict.killer] += 1
        rows.append(
            table.Row(
                mutant, verdict.killer, seconds, equivalents.REASONS.get(mutant.key)
            )
        )
        print(table.line(rows[-1]), flush=True)
    return rows


def _start(
    folder: Path, original: Path, mutant: mutants.Mutant | None, likely: list[str]
) -> tuple:
    """Makes the copy and forks the trial."""
    place = Path(tempfile.mkdtemp(dir=folder))
    file, source = (mutant.file, mutant.source) if mutant else (None, "")
    trial.package(original, place, file, source)
    stem = Path(file).stem if file else None
    arguments = (place, original, stem, likely)
    forks = multiprocessing.get_context("fork")
    process = forks.Process(target=_child, args=arguments)
    began = time.monotonic()
    process.start()
    return process, place, began


def _child(place: Path, original: Path, stem: str | None, likely: list[str]) -> None:
    silent = os.open(place / "output.txt", os.O_CREAT | os.O_WRONLY)
    os.dup2(silent, 1)
    os.dup2(silent, 2)
    verdict = trial.run(place, original, stem, likely)
    (place / "verdict.json").write_text(json.dumps(verdict), encoding="utf-8")


def _finish(process, place: Path, began: float) -> tuple[trial.Verdict, float]:
    """Waits for a trial; one that crashed or took too long counts as red."""
    process.join()
    seconds = time.monotonic() - began
    told = place / "verdict.json"
    if told.exists():
        return trial.Verdict(*json.loads(told.read_text(encoding="utf-8"))), seconds
    if process.exitcode and process.exitcode > 0:  # the harness's own error
        output = (place / "output.txt").read_text(encoding="utf-8", errors="replace")
        raise SystemExit(f"a trial broke:\n{output[-3000:]}")
    return trial.Verdict(f"ended by signal {-process.exitcode}", 0), seconds


if __name__ == "__main__":
    sys.exit(main())
