"""The mutation test: every change of the mathematics must turn a test red.

    python tests/mutation/run.py [FILE ...] [--jobs N] [--list | --wrong | --check N]

Makes the mutants of mpo_repro/mpo (see `operators`), tests each in a process of its own
and records in table.json what it turned red. FILE is the name of a module such as
e_step, or `all`; without any, the files that have changed since they were recorded.
--wrong tests only the mutants for which the table says that the test fails. --check N
changes nothing: it tries the recorded test of every N-th mutant again.

Exits with 1 if a mutant survives that `equivalents` does not list, if one that it lists
is killed, if a check fails, or if the unchanged code is red.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parent))

import forks  # noqa: E402
import mutants  # noqa: E402
import table  # noqa: E402
import trial  # noqa: E402


def main() -> int:
    """Runs the command line; returns the exit status."""
    asked = _arguments()
    recorded = table.read()
    stems = _stems(asked.files, recorded)
    if asked.list:
        for path in table.modules():
            if path.stem in stems:
                print("\n".join(mutant.key for mutant in mutants.of_file(path)))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        trials = forks.Trials(Path(folder), asked.jobs)
        if asked.check:
            return _check(trials, recorded, asked.check)
        if stems:
            trials.unchanged(trial.stages(trials.original, stems[0]))
        for stem in stems:
            recorded = _record(trials, stem, recorded, asked.wrong)
    print(table.summary(recorded))
    lines = [line for outcomes in recorded.values() for line in table.wrong(outcomes)]
    for line in lines:
        print(line)
    return bool(lines)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="*", metavar="FILE", help="module, or all")
    parser.add_argument("--jobs", type=int, default=1, help="processes at a time")
    parser.add_argument("--list", action="store_true", help="list keys, run nothing")
    parser.add_argument("--wrong", action="store_true", help="only those that failed")
    parser.add_argument("--check", type=int, metavar="N", help="try every N-th again")
    return parser.parse_args()


def _stems(files: list[str], recorded: table.Table) -> list[str]:
    """Returns which modules are meant, among them recorded ones that are gone."""
    known = {path.stem for path in table.modules()} | set(recorded)
    unknown = set(files) - known - {"all"}
    if unknown:
        raise SystemExit(f"no module of mpo_repro/mpo: {', '.join(sorted(unknown))}")
    if "all" in files:
        return sorted(known)
    return files or table.stale(recorded)


def _record(
    trials: forks.Trials, stem: str, recorded: table.Table, only_wrong: bool
) -> table.Table:
    """Tests the mutants of a file and writes the table, without a file that is gone."""
    before = recorded[stem].killers if stem in recorded else {}
    recorded = {name: part for name, part in recorded.items() if name != stem}
    path = trials.modules / f"{stem}.py"
    if path.exists():
        killers = _killers(trials, path, before, only_wrong)
        recorded[stem] = table.Outcomes(mutants.fingerprint(path), killers)
    table.write(recorded)
    return recorded


def _killers(
    trials: forks.Trials, path: Path, before: dict[str, str], only_wrong: bool
) -> dict[str, str]:
    """Returns what kills each mutant of a file; what did so before is tried first."""
    stages = trial.stages(trials.original, path.stem)

    def ordered(mutant: mutants.Mutant) -> list[list[str]]:
        known = before.get(mutant.key)
        return [[known], *stages] if known else stages

    made = mutants.of_file(path)
    kept = {key: known for key, known in before.items() if table.is_right(key, known)}
    killers = {mutant.key: kept.get(mutant.key, "") for mutant in made}
    if only_wrong:
        made = [mutant for mutant in made if mutant.key not in kept]
    for mutant, verdict, seconds in trials.run(made, ordered):
        killers[mutant.key] = verdict.killer
        said = table.state(mutant.key, verdict.killer)
        print(f"{said} {seconds:.1f} s {mutant.key}  {verdict.killer}", flush=True)
    return killers


def _check(trials: forks.Trials, recorded: table.Table, step: int) -> int:
    """Tries every `step`-th recorded mutant of each file again, from the middle on."""
    killers = {k: v for part in recorded.values() for k, v in part.killers.items()}
    chosen = []
    for stem in recorded:
        made = mutants.of_file(trials.modules / f"{stem}.py")
        made = [mutant for mutant in made if mutant.key in killers]
        chosen += made[(len(made) // 2) % step :: step]

    def stages(mutant: mutants.Mutant) -> list[list[str]]:
        own = trial.stages(trials.original, Path(mutant.file).stem)[:1]
        return [[killers[mutant.key]]] if killers[mutant.key] else own

    trials.unchanged([sum((stages(mutant)[0] for mutant in chosen), [])])
    wrong = 0
    for mutant, verdict, seconds in trials.run(chosen, stages):
        agrees = verdict.killer == killers[mutant.key] and verdict.tests > 0
        wrong += not agrees
        said = "as recorded" if agrees else f"now {verdict.killer or 'green'!r}"
        print(f"{said} {seconds:.1f} s {mutant.key}  {killers[mutant.key]}", flush=True)
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
