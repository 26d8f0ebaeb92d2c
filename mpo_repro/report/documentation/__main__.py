"""python -m mpo_repro.report.documentation: fills README and docs/."""

from mpo_repro.config.files import CHECKOUT
from mpo_repro.report.documentation.pages import stale

for path, text in stale(CHECKOUT).items():
    path.write_text(text, encoding="utf-8")
    print(path.relative_to(CHECKOUT))
