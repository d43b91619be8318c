"""A command in a process of its own: how long it took, and its memory at the peak.

A process begins with the memory of the one it was forked from, and its peak counts that: so a small one stands in between.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence

_BETWEEN = """
import json, os, subprocess, sys, time
begun = time.perf_counter()
process = subprocess.Popen(sys.argv[1:], stdout=sys.stderr)
_, status, used = os.wait4(process.pid, 0)
print(json.dumps([time.perf_counter() - begun, used.ru_maxrss / 1024, os.waitstatus_to_exitcode(status)]))
"""


class Failed(Exception):
    """A command that did not end well."""


def run(words: Sequence[str], environment: Mapping[str, str] | None = None) -> tuple[float, float]:
    """Seconds that `python words…` took, and the MiB of its largest process at the peak. Raises Failed."""
    between = subprocess.run(
        [sys.executable, "-c", _BETWEEN, sys.executable, *words], env={**os.environ, **(environment or {})}, capture_output=True,
        text=True, check=True,
    )  # fmt: skip
    seconds, mebibytes, status = json.loads(between.stdout)
    if status:
        raise Failed(f"{' '.join(words)} ended with {status}: {between.stderr[-2000:]}")
    return seconds, mebibytes
