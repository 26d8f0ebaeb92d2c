"""Our update beside others', in one interleaved run: updates.json and a picture.

    python benchmarks/compare.py
    python benchmarks/compare.py --rounds 2 --repetitions 2 --out /tmp/trial

README.md beside this file says how rlox gets its environment.
"""

import argparse
import json
import sys
from pathlib import Path

from mpo_repro.benchmark import learner
from mpo_repro.benchmark.interleaved import Command, Timings, measure, worker
from mpo_repro.benchmark.sizes import Sizes
from mpo_repro.training.execution import choose

HERE = Path(__file__).parent
RLOX = HERE / "rlox" / ".venv" / "bin" / "python"
LABELS = {
    "limit": "bare matrix products of our update",
    "ours": "mpo_repro, as it trains",
    "eager": "mpo_repro, operation by operation",
    "plain": "plain torch, two target passes",
    "plain_kept": "plain torch, freed memory kept",
    "rlox_100": "rlox, width 100",
    "as_rlox_100": "mpo_repro, rlox's recipe and states, width 100",
    "rlox_200": "rlox, width 200",
    "as_rlox_200": "mpo_repro, rlox's recipe and states, width 200",
    "sac": "SAC of Stable-Baselines3",
}
OURS = ("ours", "eager", "as_rlox_100", "as_rlox_200")


def rivals(sizes: Sizes, threads: int) -> dict[str, Command]:
    """Lists all rivals, ours included, by the keys of LABELS."""
    given = json.dumps(sizes._asdict() | {"threads": threads})
    variables = {"OMP_NUM_THREADS": str(threads)}

    def peer(python: Path | str, script: str, *arguments: str) -> Command:
        return Command((str(python), str(HERE / script), given, *arguments), variables)

    found = learner.rivals(sizes, choose(10**9), threads)
    about = {"sizes": sizes._asdict(), "threads": threads}
    found["plain_kept"] = worker("updates.plain", kept=True, **about)
    for width in (100, 200):
        found[f"rlox_{width}"] = peer(RLOX, "rlox/update.py", str(width))
        # Our E- and M-step take a transition's two states, rlox's the first.
        equal = sizes._replace(batch=sizes.batch // 2, recipe="rlox")
        equal = equal._replace(policy=(width,) * 2, critic=(width,) * 2)
        alike = learner.rivals(equal, choose(10**9), threads)
        found[f"as_rlox_{width}"] = alike["ours"]
    found["sac"] = peer(sys.executable, "sb3/update.py")
    return {name: found[name] for name in LABELS}


def summarise(found: dict[str, Timings]) -> dict[str, dict]:
    """Gives each rival's times in ms, and how many times ours its median is."""
    ours = found["ours"].milliseconds()["median_ms"]
    rows = {}
    for name, timings in found.items():
        times = timings.milliseconds()
        times["times_ours"] = times["median_ms"] / ours
        about = {"label": LABELS[name], "ours": name in OURS, "limit": name == "limit"}
        rows[name] = about | times
        rows[name] |= {key: timings.facts[key] for key in _KEPT & timings.facts.keys()}
    return rows


_KEPT = {"version", "execution"}


def draw(rows: dict[str, dict], stem: Path) -> None:
    """Draws the picture; SVG and PNG."""
    from mpo_repro.report import speed_figure, style

    with style.look():
        style.save(speed_figure.figure(rows), stem)


def main() -> None:
    """Measures and writes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--out", type=Path, default=HERE)
    given = parser.parse_args()
    if not RLOX.exists():
        sys.exit(f"{RLOX} is missing: benchmarks/README.md says how to make it")
    sizes = Sizes()
    found = measure(rivals(sizes, given.threads), given.rounds, given.repetitions)
    rows = summarise(found)
    content = {
        "sizes": sizes._asdict(),
        "threads": given.threads,
        "updates": given.rounds * given.repetitions,
        "rivals": rows,
    }
    given.out.mkdir(parents=True, exist_ok=True)
    (given.out / "updates.json").write_text(json.dumps(content, indent=1) + "\n")
    draw(rows, given.out / "updates")
    for row in rows.values():
        print(f"{row['median_ms']:7.2f} ms  {row['times_ours']:5.2f}  {row['label']}")


if __name__ == "__main__":
    main()
