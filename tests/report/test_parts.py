"""A study with parts: collected, judged and shown with them."""

import pytest

from mpo_repro.cli.app import main


def called(*words):
    with pytest.raises(SystemExit) as caught:
        main(list(words))
    return caught.value.code or 0


def test_parts_are_collected_judged_and_linked(make, tmp_path, monkeypatch, capsys):
    root = tmp_path
    monkeypatch.chdir(root)
    side = make.write_study(root, name="side", title="Beside <it>")
    whole = make.write_study(
        root, name="whole", parts={"side": {"seeds": [0, 1], "steps": 50_000}}
    )
    runs = whole.runs()
    assert len(runs) == 12 + 8 and len(side.runs()) == 12
    for run in runs[:-1]:
        make.write_run(root, run, steps=100_000)
    assert called("collect", "whole") == 0
    said = capsys.readouterr().out
    assert "12 of 12 runs -> results/whole/data" in said
    assert "8 of 8 runs -> results/whole/parts/side/data" in said
    folder = root / "results" / "whole"
    assert called("claims", "check", str(folder)) == 0
    assert called("report", str(folder)) == 0
    page = (folder / "report.html").read_text("utf-8")
    assert 'href="parts/side/report.html"' in page
    assert "Beside &lt;it&gt;" in page and "8 of 8" in page
    of_part = (folder / "parts" / "side" / "report.html").read_text("utf-8")
    assert 'href="parts/side' not in of_part
    assert "mpo-repro figures results/whole/parts/side --only" in of_part
