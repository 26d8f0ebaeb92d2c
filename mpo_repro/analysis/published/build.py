"""Makes mpo.parquet from the published scores file: see SOURCE.md.

    python -m mpo_repro.analysis.published.build dmcproprio_mpo.json.gz

The file holds single-episode returns every 1,000-5,000 steps. They are averaged in
bins that are narrow where this project's studies look and wide further out.
"""

import argparse
import gzip
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

# (up to this many environment steps, width of a bin): every edge of a coarser
# stretch is one of the finer stretch too, so that a window of the last 25,000
# steps or 5 % of the steps is a whole number of bins up to 10M steps.
STRETCHES = ((500_000, 5_000), (2_000_000, 25_000), (10_000_000, 50_000))
SPELLING = {"cup": "ball_in_cup"}
SCHEMA = pa.schema(
    [
        ("task", pa.dictionary(pa.int32(), pa.string())),
        ("seed", pa.int16()),
        ("environment_steps", pa.int32()),
        ("bin_width", pa.int32()),
        ("episodes", pa.int16()),
        ("episode_return", pa.float64()),
    ]
)


def bin_edges() -> np.ndarray:
    """Lists the edges of all bins, ascending from 0, in environment steps [K+1]."""
    edges, start = [np.zeros(1, np.int64)], 0
    for stop, width in STRETCHES:
        edges.append(np.arange(start + width, stop + 1, width))
        start = stop
    return np.concatenate(edges)


def task_name(name: str) -> str:
    """Turns the source's `dmc_cup_catch` into `ball_in_cup-catch`.

    Args:
      name: the source's name, `dmc_<domain>_<task>`.

    Returns:
      The name that this project uses, `<domain>-<task>`.

    Raises:
      ValueError: if the name does not begin with `dmc_`.
    """
    if not name.startswith("dmc_"):
        raise ValueError(f"{name!r} is not a name of the form dmc_<domain>_<task>")
    rest = name.removeprefix("dmc_")
    domain = next((d for d in ("point_mass", "ball_in_cup") if rest.startswith(d)), "")
    domain = domain or rest.split("_")[0]
    return f"{SPELLING.get(domain, domain)}-{rest[len(domain) + 1 :]}"


def bin_run(steps: np.ndarray, returns: np.ndarray) -> pd.DataFrame:
    """Averages one run's episodes in bins; a bin without episodes has no row.

    Args:
      steps: environment steps at which episodes were logged, shape [P].
      returns: their returns, shape [P].

    Returns:
      environment_steps (the bin's upper edge, which belongs to the bin), bin_width,
      episodes (how many) and episode_return (their mean), a row a bin.

    Raises:
      ValueError: if an episode lies outside of the bins or is not finite.
    """
    edges = bin_edges()
    index = np.searchsorted(edges, steps, side="left")
    if np.any(index == 0) or np.any(index == len(edges)):
        raise ValueError(f"steps outside of (0, {edges[-1]}]")
    if not np.all(np.isfinite(returns)):
        raise ValueError("a return is not finite")
    count = np.bincount(index, minlength=len(edges))
    total = np.bincount(index, weights=returns, minlength=len(edges))
    filled = np.flatnonzero(count)
    return pd.DataFrame(
        {
            "environment_steps": edges[filled],
            "bin_width": edges[filled] - edges[filled - 1],
            "episodes": count[filled],
            "episode_return": np.round(total[filled] / count[filled], 3),
        }
    )


def build(source: Path, target: Path) -> pd.DataFrame:
    """Reads the source's file and writes the compact table.

    Args:
      source: the json.gz file, a list of {task, method, seed, xs, ys}.
      target: where the parquet file goes.

    Returns:
      The table that was written.

    Raises:
      ValueError: if a method other than mpo is in the file.
    """
    parts = []
    for run in json.loads(gzip.decompress(source.read_bytes())):
        if run["method"] != "mpo":
            raise ValueError(f"method {run['method']!r} where only mpo is expected")
        part = bin_run(np.asarray(run["xs"]), np.asarray(run["ys"]))
        parts.append(part.assign(task=task_name(run["task"]), seed=int(run["seed"])))
    table = pd.concat(parts).sort_values(["task", "seed", "environment_steps"])
    table = table[SCHEMA.names].reset_index(drop=True)
    arrow = pa.Table.from_pandas(table, schema=SCHEMA, preserve_index=False)
    arrow = arrow.replace_schema_metadata(None)
    pq.write_table(arrow, target, compression="zstd", compression_level=19)
    return table


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", type=Path)
    parser.add_argument(
        "--target", type=Path, default=Path(__file__).with_name("mpo.parquet")
    )
    arguments = parser.parse_args()
    made = build(arguments.source, arguments.target)
    print(f"{len(made)} rows, {made.task.nunique()} tasks -> {arguments.target}")
