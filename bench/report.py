"""Measurements in words: ratios of rounds, what LIMITS asks of them, and the block that is printed.

- A ratio is taken round by round, of two figures measured one right after the other; what is told is the median, and beside it
  the least and the greatest round.
- `bar` is what we do not want to fall below, `aim` where we want to be; for times and factors, less is better.
"""

import os
import platform
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Literal

Better = Literal["more", "less"]


@dataclass(frozen=True)
class Spread:
    """A figure over several rounds."""

    median: float
    least: float
    greatest: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        return cls(median(values), min(values), max(values))


@dataclass(frozen=True)
class Row:
    """One line of the report. `value` is the figure that is judged: a ratio mostly, else milliseconds."""

    what: str
    ours: str
    partner: str
    value: Spread
    bar: float | None = None
    aim: float | None = None
    better: Better = "more"
    unit: str = "×"
    sized: bool = False  # bar and aim are for ten million lines: what falls below them in a small ledger does so in a large one

    @property
    def is_below(self) -> bool:
        return self.bar is not None and not reaches(self.value.median, self.bar, self.better)

    @property
    def verdict(self) -> str:
        if self.is_below:
            return "BELOW BAR"
        if self.bar is None:
            return ""
        reached = "aim met" if self.aim is not None and reaches(self.value.median, self.aim, self.better) else "bar met"
        return f"{reached} at this size" if self.sized else reached


def reaches(value: float, wanted: float, better: Better) -> bool:
    return value >= wanted if better == "more" else value <= wanted


def in_turns(rounds: int, parties: Mapping[str, Callable[[], float]]) -> dict[str, list[float]]:
    """Each party's figure in each round: A B C, A B C, …"""
    found: dict[str, list[float]] = {name: [] for name in parties}
    for _ in range(rounds):
        for name, measure in parties.items():
            found[name].append(measure())
    return found


def ratios(above: Sequence[float], below: Sequence[float]) -> Spread:
    """Round by round, one figure over the other."""
    return Spread.of([a / b for a, b in zip(above, below, strict=True)])


# --- the table -------------------------------------------------------------------------------------------------------

HEADS = ("what", "ours", "partner", "result (least–greatest)", "bar", "aim", "")


def table(rows: Sequence[Row]) -> str:
    cells = [HEADS, *(_cells(row) for row in rows)]
    widths = [max(map(width, column)) for column in zip(*cells, strict=True)]
    lines = ["  ".join(pad(cell, w) for cell, w in zip(line, widths, strict=True)).rstrip() for line in cells]
    return "\n".join([lines[0], "-" * width(lines[0]), *lines[1:]])


def summary(rows: Sequence[Row]) -> str:
    asked, below = [row for row in rows if row.bar is not None], [row for row in rows if row.is_below]
    return f"{len(below)} of {len(asked)} figures with a bar are below it."


def _cells(row: Row) -> tuple[str, ...]:
    sign = "≥ " if row.better == "more" else "≤ "
    told = f"{number(row.value.median)} {row.unit} ({number(row.value.least)}–{number(row.value.greatest)})"
    asked = ("" if wanted is None else f"{sign}{number(wanted)}" for wanted in (row.bar, row.aim))
    return row.what, row.ours, row.partner, told, *asked, row.verdict


def number(value: float) -> str:
    """Three figures are as many as a measurement has."""
    if value < 0.1:
        return f"{value:.2g}"
    if value >= 100:
        return f"{value:,.0f}".replace(",", " ")
    return f"{value:.2f}" if value < 10 else f"{value:.1f}"


def rate(values: Sequence[float], of: str = "/s") -> str:
    return f"{number(median(values))}{of}"


def milliseconds(values: Sequence[float]) -> str:
    return f"{number(median(values) * 1000)} ms"


def width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def pad(text: str, to: int) -> str:
    return text + " " * (to - width(text))


# --- the machine -----------------------------------------------------------------------------------------------------


def machine(*, postgres: str, sqlite: str, today: date, disk: Path, data: str) -> str:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return "\n".join([
        f"date      {today.isoformat()}",
        f"machine   {platform.system()} {platform.release()} {platform.machine()}, {cores} cores, {memory()}",
        f"CPU       {processor()}",
        f"disk      a flush of 8 KiB takes {flushes(disk)}",
        f"software  Python {platform.python_version()}, PostgreSQL {postgres}, SQLite {sqlite}",
        f"data      {data}",
    ])  # fmt: skip


def busy() -> str:
    """How busy the machine is with other things; a run on a busy machine tells little."""
    return f"{os.getloadavg()[0]:.1f} processes wanted a core in the minute before"


def flushes(folder: Path) -> str:
    """What a commit waits for, at the least."""
    taken = []
    with open(folder / "flushed", "wb", buffering=0) as file:
        for _ in range(50):
            file.write(bytes(8192))
            begun = perf_counter()
            os.fsync(file.fileno())
            taken.append((perf_counter() - begun) * 1000)
    return f"{number(median(taken))} ms ({number(min(taken))}–{number(max(taken))})"


def processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor() or "unknown"
    named = [line.partition(":")[2].strip() for line in text.splitlines() if line.startswith("model name")]
    return named[0] if named else "unknown"


def memory() -> str:
    try:
        return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB"
    except (ValueError, OSError):
        return "memory unknown"
