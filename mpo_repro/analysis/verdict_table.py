"""Verdicts as files: verdicts.json with everything, verdicts.parquet a row a test."""

import json
import math
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from mpo_repro.analysis import registration
from mpo_repro.analysis.expected_power import Power
from mpo_repro.analysis.judged import Judged, Tested, wording
from mpo_repro.analysis.results import read_json
from mpo_repro.analysis.scope import scope
from mpo_repro.analysis.statistics import outcomes
from mpo_repro.analysis.statistics.evidence import P_VALUES, Evidence
from mpo_repro.config.whole import write_text, write_whole

JSON, PARQUET = "verdicts.json", "verdicts.parquet"
FILES = (JSON, PARQUET)
_NUMBERS = (
    *("effect", "low", "high", "confidence", "alpha", "margin"),
    *(*P_VALUES, "power", "interest"),
)
# The interval that decides: of `low` and `high`, corrected as the p-values are.
_ENDS = ("joint_low", "joint_high")
_TEXTS = ("claim", "part", "study", "test", "measure", "label", "outcome", "sentence")
SCHEMA = pa.schema(
    [(name, pa.string()) for name in _TEXTS]
    + [(name, pa.float64()) for name in (*_NUMBERS, *_ENDS)]
    + [("members", pa.int64())]
    + [("runs", pa.list_(pa.int64())), ("missing", pa.list_(pa.int64()))]
)
# The effect that stands for none, where that is not 0.
NULLS = {"faster": 1.0}


def document(
    judged: Sequence[Judged],
    powers: dict[str, Power],
    studies: Sequence[str],
    found: dict[str, Power] | None = None,
) -> dict:
    """Makes what verdicts.json holds.

    Args:
      judged: a claim each.
      powers: claim's id -> power before the runs.
      studies: names of the studies whose results were used.
      found: claim's id -> power with the standard deviations of its runs.
    """
    after = found or {}
    rows = [
        _claim(one, powers[one.claim.id], after.get(one.claim.id)) for one in judged
    ]
    return {"studies": list(studies), "claims": rows}


def write(content: dict, folder: Path) -> list[Path]:
    """Writes both files; the same verdicts give the same bytes.

    Args:
      content: from `document`.
      folder: the study's data/.
    """
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
    folder.mkdir(parents=True, exist_ok=True)
    write_text(folder / JSON, text + "\n")
    rows = [
        {"claim": claim["id"]} | {k: test[k] for k in SCHEMA.names if k != "claim"}
        for claim in content["claims"]
        for test in claim["tests"]
    ]
    # Infinite ends of intervals are texts in JSON.
    table = pd.DataFrame(rows, columns=SCHEMA.names)
    table = table.astype(dict.fromkeys((*_NUMBERS, *_ENDS), "float64"))
    arrow = pa.Table.from_pandas(table, schema=SCHEMA, preserve_index=False)
    write = partial(pq.write_table, arrow.replace_schema_metadata(None))
    write_whole(folder / PARQUET, write)
    return [folder / name for name in FILES]


def read(folder: Path) -> dict | None:
    """Reads verdicts.json of a study's data/; None if there is none.

    Files with other words for verdicts, or without the intervals that decide, are read
    as if they had been written with today's.

    Raises:
      ValueError: if it is no JSON.
    """
    content = read_json(folder / JSON)
    for claim in (content or {"claims": []})["claims"]:
        _modernise(claim)
    return content


def _modernise(claim: dict) -> None:
    """Gives a claim of an older file today's words and fields."""
    proof = bool(claim["certificates"]) or claim["refutes"]
    claim["outcome"] = outcomes.current(claim["outcome"], proof=proof)
    claim["sentence"] = outcomes.renamed(claim["sentence"])
    late = claim["registration"]["state"] in registration.LATE
    lacking = {"parts": [], "found_power": None, "despite": {}, "scope": ""}
    judged = late and claim["decisive"] is not None
    lacking["exploratory"] = claim["registration"]["state"] if judged else ""
    _add(claim, lacking)
    _add(claim["registration"], {"superseded": []})
    for test in claim["tests"]:
        test["outcome"] = outcomes.current(test["outcome"], single=True)
        test["sentence"] = outcomes.renamed(test["sentence"])
        ends = {f"joint_{end}": test[end] for end in ("low", "high")}
        _add(test, ends | {"members": 1, "p_direction": None, "found_sd": None})


def _add(row: dict, lacking: dict) -> None:
    """Adds what a row of an older file lacks."""
    for name, value in lacking.items():
        row.setdefault(name, value)


def _claim(judged: Judged, power: Power, after: Power | None) -> dict:
    claim, fixed, decisive = judged.claim, judged.registration, judged.decisive
    verdict, deviations = judged.verdict, judged.deviations
    return {
        "id": claim.id,
        "title": claim.title,
        "words": claim.words,
        "source": claim.source,
        "outcome": judged.outcome,
        "sentence": verdict.sentence if verdict else "",
        "parts": list(verdict.parts) if verdict else [],
        "rule": claim.rule,
        "refutes": claim.refutes,
        "family": claim.family,
        "certificates": list(claim.certificates.names) if claim.certificates else [],
        "needs": list(judged.needs),
        "decisive": judged.tests.index(decisive) if decisive else None,
        "tests": [_test(test, deviations[test.part.name]) for test in judged.tests],
        "missing": list(judged.missing),
        "seeds": power.seeds,
        "expected_power": _number(power.share),
        "expected_power_error": _number(power.error),
        "found_power": _number(after.share) if after else None,
        "despite": dict(claim.despite),
        "scope": scope(claim, judged.tests),
        "registration": {
            "sha256": fixed.sha256,
            "date": fixed.date,
            "state": fixed.state,
            "sound": fixed.sound,
            "superseded": list(fixed.superseded),
        },
        "exploratory": judged.exploratory,
        "caveats": list(claim.caveats),
    }


def _test(test: Tested, deviation: float) -> dict:
    part, evidence = test.part, test.evidence
    numbers = {name: _field(evidence, name) for name in _NUMBERS}
    ends = evidence.decisive if evidence else (math.nan, math.nan)
    numbers |= dict(zip(_ENDS, map(_number, ends), strict=True))
    return {
        "part": part.name,
        "study": part.study,
        "test": part.test.name,
        "measure": wording(part).effect,
        "settings": part.measure.model_dump(mode="json", exclude_none=True),
        "reason": part.test.reason,
        "expected": part.expected.model_dump(mode="json"),
        "label": test.trial.label,
        "outcome": test.verdict.outcome.value,
        "sentence": test.verdict.sentence,
        "null": NULLS.get(part.test.name, 0.0),
        **numbers,
        "found_sd": _number(deviation),
        "members": evidence.members if evidence else 1,
        "runs": list(evidence.runs) if evidence else [],
        "missing": list(evidence.missing) if evidence else [],
    }


def _field(evidence: Evidence | None, name: str) -> float | str | None:
    return _number(getattr(evidence, name)) if evidence else None


def _number(value: float) -> float | str | None:
    """Writes a number as JSON can: null for NaN, texts for infinities."""
    if math.isnan(value):
        return None
    return float(value) if math.isfinite(value) else str(value)
