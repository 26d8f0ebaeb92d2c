"""Every figure of speed, with the command that measures it, into results.json.

    python benchmarks/measure.py

About twenty minutes, on a machine that does nothing else. README.md beside this file
says what the rivals are and how rlox gets its environment.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

from mpo_repro.training.run_folder import provenance

HERE = Path(__file__).parent
COMMAND = Path(sys.executable).with_name("mpo-repro")
PARTS = {
    "environments": ["environments"],
    "run": ["run --steps 100000 --set data.environments=8"],
    "scaling": ["scaling"],
    "cohorts": ["cohorts", "cohorts --runs 1,16,64 --device cuda"],
    "workflow": ["workflow --runs 1000", "workflow --runs 20000"],
    "plan": ["plan --study quick --cores 2"],
}
SEVERAL = ("cohorts", "workflow")  # parts that are lists, whatever their length


def main() -> None:
    """Measures part by part and writes all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=HERE)
    out = parser.parse_args().out
    compared = ["benchmarks/compare.py", "--out", str(out)]
    subprocess.run([sys.executable, *compared], check=True, cwd=HERE.parent)
    updates = json.loads((out / "updates.json").read_text("utf-8"))
    found = {
        "machine": _machine(),
        "versions": provenance()["versions"],
        "updates": {"command": "python benchmarks/compare.py"} | updates,
    }
    for name, commands in PARTS.items():
        measured = [_measured(f"benchmark {words}") for words in commands]
        found[name] = measured if name in SEVERAL else measured[0]
    text = json.dumps(found, indent=1) + "\n"
    (out / "results.json").write_text(text, encoding="utf-8")


def _measured(words: str) -> dict:
    """Runs a command of mpo-repro; what this machine cannot do is left out."""
    print(words, file=sys.stderr)
    done = subprocess.run(
        [COMMAND, *words.split(), "--json"], stdout=subprocess.PIPE, text=True
    )
    about = {"command": f"mpo-repro {words}"}
    if done.returncode == 2 and "--device cuda" in words:
        return about | {"device": "cuda"}  # the report says "not measured"
    done.check_returncode()
    return about | json.loads(done.stdout)


def _machine() -> dict:
    about = provenance()["machine"]
    return {"processor": about["cpu"], "cores": about["cores"]}


if __name__ == "__main__":
    main()
