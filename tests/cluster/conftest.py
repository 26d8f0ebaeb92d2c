"""Makes the study of tests/workflow importable: here it is played on a cluster."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow"))
