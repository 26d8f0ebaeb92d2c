"""The files of the mutation test are a script and its modules, not a package."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
