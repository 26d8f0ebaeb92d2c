"""The verdicts of a study's page: a table, and a part for each claim."""

from mpo_repro.analysis import verdict_table
from mpo_repro.analysis.results import Results
from mpo_repro.analysis.statistics.outcomes import Outcome
from mpo_repro.analysis.statistics.outlook import runs_needed
from mpo_repro.report.claim_figures import estimated, margins

FIGURE = "claim-"
ENOUGH = 0.75  # power below which the page warns
MARKS = {
    Outcome.SUPPORTED: "●",
    Outcome.DIRECTION: "◔",
    Outcome.PARTLY: "◐",
    Outcome.UNDECIDED: "?",
    Outcome.NOT_SUPPORTED: "○",
    Outcome.CONTRADICTED: "✕",
    Outcome.PROVED: "●",
    Outcome.CONDITIONAL: "◐",
    Outcome.REFUTED: "✕",
    Outcome.NOT_RUN: "…",
    Outcome.NOT_TESTABLE: "–",
}
WIDTH, LINE, REACH = 144, 9, 3.0  # of the small plots: pixels, and margins a side
NAMED = 4  # missing runs that a claim's text names
# Tests of ratios and shares, and those beside runs that stay as many as were published.
UNEVEN = ("faster", "rarely_fails", "agreement", "not_below_published")
MOST = 8  # rows of a small plot; of a claim with more tests, only the decisive one


def section(results: Results, figures: dict[str, dict]) -> dict | None:
    """Gathers what the page shows of the verdicts.

    Args:
      results: the study's results; data/ may hold verdicts.json.
      figures: name -> what the page shows of a figure.

    Returns:
      judged and waiting (claims), by_runs (whether runs decide any of them), studies
      (names), tally; None without verdicts.
    """
    content = verdict_table.read(results.folder / "data")
    if content is None or not content["claims"]:
        return None
    claims = [_claim(row, figures) for row in content["claims"]]
    judged = [claim for claim in claims if claim["outcome"] != Outcome.NOT_RUN]
    return {
        "judged": judged,
        "by_runs": any(claim["decisive"] is not None for claim in judged),
        "waiting": [claim for claim in claims if claim["outcome"] == Outcome.NOT_RUN],
        "studies": content["studies"],
        "tally": _tally(claims),
    }


def command(results: Results, place: str) -> str:
    """Says which command makes verdicts.json and verdicts.parquet."""
    content = verdict_table.read(results.folder / "data") or {"studies": []}
    others = [f"results/{name}" for name in content["studies"][1:]]
    beside = "".join(f" --beside {name}" for name in others)
    return f"mpo-repro claims check {place}{beside}"


def _tally(claims: list[dict]) -> str:
    """Counts verdicts: "2 supported (1 of them exploratory), 1 not testable"."""
    texts = []
    for name in MARKS:
        late = [bool(one["exploratory"]) for one in claims if one["outcome"] == name]
        note = f" ({sum(late)} of them exploratory)" if any(late) else ""
        texts += [f"{len(late)} {name}{note}"] if late else []
    return ", ".join(texts)


def _claim(row: dict, figures: dict[str, dict]) -> dict:
    tests = estimated(row)
    decisive = row["tests"][row["decisive"]] if row["decisive"] is not None else None
    shown = tests if len(tests) <= MOST else [t for t in (decisive,) if t]
    power = row["expected_power"]
    return row | {
        "mark": MARKS.get(row["outcome"], ""),
        "numbers": effect(decisive) if decisive else "–",
        "unit": decisive["measure"] if decisive else "",
        "counts": " and ".join(map(str, decisive["runs"])) if decisive else "–",
        "power": _percent(power),
        "power_found": _percent(row["found_power"]),
        "weak": power is not None and power < ENOUGH,
        "missing": _some(row["missing"]),
        "lacks": f"needs {', '.join(_named(name) for name in row['needs'])}",
        "plot": [_plotted(test, place) for place, test in enumerate(shown)],
        "height": LINE * len(shown) + 4,
        "alt": "; ".join(f"{test['label']}: {effect(test)}" for test in shown),
        "tests": [_test(test) for test in row["tests"]],
        "figure": figures.get(FIGURE + row["id"].lower()),
    }


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * float(share):.0f} %"


def _some(missing: list[str]) -> list[str]:
    """Shortens a list of missing runs where it would bury the verdict."""
    rest = len(missing) - NAMED
    more = [f"and {rest} more, all of them in data/verdicts.json"] if rest > 0 else []
    return missing[:NAMED] + more


def _named(need: str) -> str:
    return need if need.startswith("certificate") else f"study {need}"


def effect(test: dict) -> str:
    """Writes a test's effect with the interval that decides: "0.30 [0.28, 0.32]"."""
    if test["effect"] is None:
        return "–"
    ends = f"{_number(test['joint_low'])}, {_number(test['joint_high'])}"
    return f"{_number(test['effect'])} [{ends}]"


def _number(value: float | str) -> str:
    value = float(value)
    text = f"{value:.2f}" if abs(value) < 100 else f"{value:.0f}"
    return text.replace("-0.00", "0.00").replace("-", "−").replace("inf", "∞")


def _test(test: dict) -> dict:
    margin = f", margin {test['margin']:g}" if test["margin"] else ""
    settings = ", ".join(f"{k} {v}" for k, v in test["settings"].items())
    return test | {
        "numbers": effect(test),
        "how": f"{test['test']}{margin} on {settings}",
        "counts": " and ".join(map(str, test["runs"])) or "0",
        "seen": _percent(test["power"]),
        "spread": _spread(test),
        "wanted": _wanted(test),
    }


def _spread(test: dict) -> str:
    """Writes the standard deviation of a run: as found, and as it was assumed."""
    found = "–" if test["found_sd"] is None else f"{float(test['found_sd']):.2g}"
    source = test["expected"].get("source")
    note = f" ({source})" if source else ""
    return f"{found}; assumed {test['expected']['sd']:.2g}{note}"


def _wanted(test: dict) -> float | None:
    """Says how many runs an arm an open test would take; see `runs_needed`.

    None for tests that are decided, or whose intervals do not narrow evenly with more.
    """
    counts, edges = set(test["runs"]), margins(test)
    undecided = test["outcome"] in (Outcome.UNDECIDED, Outcome.DIRECTION)
    open_ = undecided and test["effect"] is not None
    if not open_ or test["test"] in UNEVEN or len(counts) != 1 or not edges:
        return None
    interval = float(test["joint_low"]), float(test["joint_high"])
    confidence = 1 - (1 - float(test["confidence"])) / test["members"]
    return runs_needed(float(test["effect"]), interval, confidence, *counts, edges)


def _plotted(test: dict, place: int) -> dict:
    """Places a test in the small plot: margins from no effect become pixels."""
    null, lines = test["null"], margins(test)
    low, high = float(test["joint_low"]), float(test["joint_high"])
    sizes = [abs(line - null) for line in lines]
    unit = sizes[0] if sizes else max(abs(low - null), abs(high - null)) / 2

    def at(value: float) -> float:
        reach = (value - null) / unit if unit else 0.0
        return round(WIDTH / 2 * (1 + max(-1.0, min(1.0, reach / REACH))), 1)

    return {
        "y": round(LINE * (place + 0.5) + 2, 1),
        "x": at(float(test["effect"])),
        "low": at(low),
        "high": at(high),
        "margins": [at(line) for line in lines],
    }
