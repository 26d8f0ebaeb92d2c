"""What stands beside a verdict, and older files in today's words."""

import json

from mpo_repro.analysis.results import load
from mpo_repro.report import page, verdicts


def said(results):
    """verdicts.json, and where it lies."""
    path = results.folder / "data" / "verdicts.json"
    return path, json.loads(path.read_text())


def test_a_claim_fixed_after_its_runs_is_marked_beside_its_verdict(judged):
    late = [c["id"] for c in said(judged)[1]["claims"] if c["exploratory"]]
    assert late == ["C1", "C2"]
    html = page.write(judged).read_text("utf-8")
    assert "(exploratory: not registered)" in html
    tally = verdicts.section(judged, {})["tally"]
    assert tally == "2 undecided (2 of them exploratory), 2 not run, 1 not testable"


def test_a_report_of_older_words_is_shown_in_todays(judged):
    path, content = said(judged)
    for claim in content["claims"]:
        del claim["parts"], claim["exploratory"]
        claim["outcome"] = "needs runs"
        for test in claim["tests"]:
            for name in ("joint_low", "joint_high", "members", "p_direction"):
                del test[name]
    old = content["claims"][0]
    old |= {"outcome": "inconclusive (underpowered)"}
    old["tests"][0] |= {"outcome": "partly replicated"}
    path.write_text(json.dumps(content))
    html = page.write(load(judged.folder)).read_text("utf-8")
    assert ">undecided</span>" in html
    assert ">direction shown</td>" in html
    assert "underpowered" not in html.partition("<main>")[2].lower()


def test_a_claim_that_holds_in_part_names_the_parts(judged):
    path, content = said(judged)
    content["claims"][0] |= {"outcome": "partly supported", "parts": ["wide on x"]}
    path.write_text(json.dumps(content))
    html = page.write(load(judged.folder)).read_text("utf-8")
    assert "partly supported</span>: wide on x" in html
    assert "partly supported: wide on x" in (judged.folder / "report.md").read_text()
