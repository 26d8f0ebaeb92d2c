"""The manifest lists every file with its hash and its command."""

import hashlib
import json

from mpo_repro.report import manifest, page


def test_every_file_is_listed_with_its_hash(results, folder):
    (folder / "discussion.md").write_text("Words.")
    page.write(results)
    content = json.loads((folder / "manifest.json").read_text())
    present = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "manifest.json"
    }
    assert set(content["files"]) == present
    for name, entry in content["files"].items():
        raw = (folder / name).read_bytes()
        assert entry["sha256"] == hashlib.sha256(raw).hexdigest()
        assert entry["bytes"] == len(raw)
    assert str(folder.parent.parent) not in json.dumps(content)


def test_commands(results):
    assert manifest.command(results, "data/curves.parquet") == "mpo-repro collect made"
    assert (
        manifest.command(results, "figures/time.svg")
        == "mpo-repro figures results/made --only time"
    )
    assert manifest.command(results, "figures/index.json").endswith("results/made")
    assert manifest.command(results, "report.html") == "mpo-repro report results/made"
    assert manifest.command(results, "discussion.md") is None
