"""`python -m bench` (or `./dev bench`): measures, and prints a block for docs/performance.md.

Everything runs on this machine: a PostgreSQL of its own, gunicorn on 127.0.0.1, and the partners beside them. What was started is
ended, and nothing is kept.
"""

import argparse
import signal
import sqlite3
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

from bench import appends, exports, figures, report
from bench.report import Row
from bench.scene import DEFAULT, QUICK, Plan, Scene, scene

PARTS: dict[str, Callable[[Scene], list[Row]]] = {
    "one": appends.append_one,
    "batch": appends.append_batch,
    "hand": figures.against_hand,
    "old": figures.at_an_old_size,
    "http": figures.over_http,
    "check": figures.checked,
    "export": exports.exports_and_verification,
}


def main() -> None:
    # However the run is told to end, what it started is taken down on the way out.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))
    plan, parts = asked()
    begun = time.monotonic()

    def say(text: str) -> None:
        print(f"{time.monotonic() - begun:5.0f} s  {text}", file=sys.stderr, flush=True)

    rows: list[Row] = []
    load = report.busy()
    with scene(plan, say) as made:
        for name in parts:
            say(f"measuring: {name} …")
            rows += PARTS[name](made)
        held = f"{made.held.entries} entries with {made.held.lines} deal lines; {plan.rounds} rounds of {plan.seconds} s; {load}"
        about = report.machine(
            postgres=made.version, sqlite=sqlite3.sqlite_version, today=date.today(), disk=made.folder, data=held
        )  # fmt: skip
    say("done")
    print(f"{about}\n\n{report.table(rows)}\n\n{report.summary(rows)}")


def asked() -> tuple[Plan, list[str]]:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Ratios to partners measured in the same run.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"only these of {', '.join(PARTS)}")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds on fewer rows: a first impression")
    parser.add_argument("--rows", type=int, metavar="N", help="deal lines in the ledger that is not empty")
    parser.add_argument("--pgledger", type=Path, metavar="FOLDER", help="a checkout of pgledger: its transfers are a partner too")
    told = parser.parse_args()
    if unknown := [part for part in told.parts if part not in PARTS]:
        parser.error(f"no part {', '.join(unknown)}; there are {', '.join(PARTS)}")
    if told.rows is not None and told.rows < 100:
        parser.error("--rows: at least 100, so that a centre has deals to count")
    if told.pgledger and not (told.pgledger / "pgledger.sql").is_file():
        parser.error(f"--pgledger: there is no pgledger.sql in {told.pgledger}")
    plan = replace(QUICK if told.quick else DEFAULT, pgledger=told.pgledger)
    return (plan if told.rows is None else replace(plan, rows=told.rows)), told.parts or list(PARTS)


if __name__ == "__main__":
    main()
