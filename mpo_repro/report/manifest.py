"""manifest.json: every file of a study's results with its hash and its command."""

import hashlib
import json
from pathlib import Path

from mpo_repro.analysis import checksums
from mpo_repro.analysis.results import PARTS, Results
from mpo_repro.analysis.verdict_table import FILES as VERDICTS
from mpo_repro.config.whole import write_text
from mpo_repro.report import derivations, discussion, films, text, verdicts

FILE = checksums.MANIFEST


def place(results: Results) -> str:
    """Names the study's folder as a reader of the repository does.

    That is results/<study>, or results/<whole>/parts/<study> of a part.
    """
    folder = results.folder.resolve()
    names = 4 if folder.parent.name == PARTS else 2
    return "/".join(folder.parts[-names:])


def command(results: Results, path: str) -> str | None:
    """Says which command makes a file again.

    Args:
      results: the study's results.
      path: the file, relative to the study's folder.

    Returns:
      The command; None for what is written by hand.
    """
    here = place(results)
    if path.startswith("data/") and Path(path).name in derivations.FILES:
        return derivations.COMMANDS[Path(path).name]
    if path.startswith("data/") and Path(path).name in VERDICTS:
        return verdicts.command(results, here)
    if path.startswith("data/"):
        name = results.study["name"]
        elsewhere = "" if here == f"results/{name}" else f" --out {here}"
        return f"mpo-repro collect {name}{elsewhere}"
    if path.startswith("figures/"):
        stem = Path(path).stem
        only = "" if path.endswith(".json") else f" --only {stem}"
        return f"mpo-repro figures {here}{only}"
    if path.startswith(f"{films.FOLDER}/"):
        return films.command(results, Path(path).stem, here)
    return None if path == discussion.FILE else f"mpo-repro report {here}"


def write(results: Results) -> Path:
    """Writes manifest.json beside the page.

    Args:
      results: the study's results, with data, figures and report.html in place.

    Returns:
      The manifest's path.
    """
    folder = results.folder
    paths = [*(folder / "data").iterdir()]
    for name in ("figures", films.FOLDER):
        if (folder / name).is_dir():
            paths += (folder / name).iterdir()
    paths += [folder / name for name in ("report.html", text.FILE)]
    paths += [folder / discussion.FILE]
    files = {}
    for path in sorted(path for path in paths if path.is_file()):
        raw = path.read_bytes()
        name = path.relative_to(folder).as_posix()
        files[name] = {
            "sha256": hashlib.sha256(raw).hexdigest(),
            "bytes": len(raw),
            "command": command(results, name),
        }
    whole = json.dumps({"study": results.study["name"], "files": files}, indent=1)
    target = folder / FILE
    write_text(target, whole + "\n")
    return target
