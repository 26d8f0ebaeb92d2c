"""Our update beside that of another commit of this project, in one interleaved run.

    git worktree add --detach ../base b47d996
    python benchmarks/against.py ../base
    python benchmarks/against.py ../base --recipe default --critic 512,512

The other commit's matrix products are the limit; it runs with the packages that are
installed here.
"""

import argparse
import json
from pathlib import Path

from mpo_repro.benchmark.interleaved import Command, Timings, measure, worker
from mpo_repro.benchmark.sizes import Sizes
from mpo_repro.training import execution
from mpo_repro.training.run_folder import provenance

LABELS = {
    "limit": "bare matrix products, float32",
    "base": "the other commit, compiled",
    "compiled": "this commit, compiled",
    "bfloat16": "this commit, bfloat16",
    "base_plain": "the other commit, plain",
    "plain": "this commit, plain",
}


def rivals(base: Path, sizes: Sizes) -> dict[str, Command]:
    """Lists the updates that are compared, by the keys of LABELS."""
    settings = {"sizes": sizes._asdict(), "threads": 1}

    def of_base(builder: str, **more: object) -> Command:
        command = worker(builder, **settings, **more)
        variables = command.variables | {"PYTHONPATH": str(base.resolve())}
        # Recipes, and modules before those of PYTHONPATH, are read where it runs.
        there = "sh", "-c", 'cd "$0" && exec "$@"', str(base.resolve())
        return Command((*there, *command.arguments), variables)

    commands = {
        "limit": of_base("updates.limit"),
        "base": of_base("updates.ours", path="compiled"),
        "base_plain": of_base("updates.ours", path="plain"),
    }
    for path in ("compiled", "bfloat16", "plain"):
        if execution.available(path) is None:
            commands[path] = worker("updates.ours", path=path, **settings)
    return {name: commands[name] for name in LABELS if name in commands}


def summarise(timings: dict[str, Timings]) -> dict[str, dict]:
    """Returns times in ms, and how many times the base's and the limit's they are."""
    rows = {name: one.milliseconds() for name, one in timings.items()}
    for row in rows.values():
        for name in ("base", "limit"):
            row[f"of_{name}"] = row["median_ms"] / rows[name]["median_ms"]
    return rows


def main() -> None:
    """Measures, prints a table and writes JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("base", type=Path, help="a checkout of the other commit")
    parser.add_argument("--recipe", default="paper")
    parser.add_argument("--policy", default="100,100")
    parser.add_argument("--critic", default="200,200")
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    policy, critic = (
        tuple(map(int, text.split(","))) for text in (options.policy, options.critic)
    )
    sizes = Sizes(recipe=options.recipe, policy=policy, critic=critic)
    timings = measure(rivals(options.base, sizes), options.rounds, options.repetitions)
    rows = summarise(timings)
    print(f"{options.recipe}, {options.policy} and {options.critic}")
    for name, row in rows.items():
        ratios = f"{row['of_base']:5.2f} of base {row['of_limit']:5.2f} of limit"
        print(f"{row['median_ms']:8.2f} ms  {ratios}  {LABELS[name]}")
    if options.out:
        context = {"machine": provenance()["machine"], "sizes": sizes._asdict()}
        options.out.write_text(json.dumps(context | {"rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
