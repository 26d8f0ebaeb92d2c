#!/usr/bin/env bash
# What runs that learn together take on a GPU, in at most eight minutes:
#
#     benchmarks/gpu.sh                        # on a machine with a GPU
#     benchmarks/gpu.sh --device cpu --quick   # the same parts, small, without one
#
# Prints a table and writes build/gpu/gpu.json; gpu.py beside this file has the parts.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
python=${PYTHON:-$here/../.venv/bin/python}
if ! command -v "$python" >/dev/null; then python=python3; fi
exec "$python" "$here/gpu.py" "$@"
