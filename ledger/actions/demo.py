"""A sample year in an empty ledger: the offices founded, then every step said by who says it, at its own instant.

It goes the way that every entry goes. A ledger that holds anything is left alone, but for a sample year that was broken off:
that is told by its first instant and by its end, and goes on where it stopped.
"""

import importlib.util
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from types import ModuleType
from typing import Any

import ledger as package
from ledger.actions import offices
from ledger.actions.access import create_token
from ledger.actions.ledger import Ledger
from ledger.actions.record import submit
from ledger.actions.score import scorecard, scorecards
from ledger.facts.actors import Actor
from ledger.facts.days import micros
from ledger.kpi.language import Label
from ledger.store import log
from ledger.store.database import reading
from schemas.entries import load_entry

SAMPLE = Path(package.__file__).parent.parent / "examples" / "sample_year.py"
BATCH = 1000


class NoSample(Exception):
    """The sample year is not installed: it belongs to a checkout, not to a package."""


class SetClock:
    """A clock that tells the instants it is given, one at each look, and then stands still."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.instants: Iterator[datetime] = iter(())

    def __call__(self) -> datetime:
        self.now = next(self.instants, self.now)
        return self.now


def sample_year() -> ModuleType:
    if not SAMPLE.is_file():
        raise NoSample(f"the sample year is not here: it lies in a checkout, as {SAMPLE.parent.name}/{SAMPLE.name}")
    spec = importlib.util.spec_from_file_location("sample_year", SAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def load_sample(ledger: Ledger, sample: ModuleType, progress: Callable[[int, int], None] = lambda done, total: None) -> int:
    """Record what is missing of a sample year; answers how many entries that were."""
    with reading(ledger.engine) as connection:
        size = log.read_head(connection).size
        first, last = log.recorded_at(connection, min(size, 1)), log.recorded_at(connection, size)
    if first not in (None, micros(sample.FOUNDED_AT)):
        return 0  # not ours
    steps: Sequence[Any] = list(sample.steps())
    total = len(sample.OFFICES) + len(steps)
    rest = steps[max(size - len(sample.OFFICES), 0) :]
    if size >= total or (rest and last is not None and last >= micros(rest[0].at)):
        return 0  # complete, or gone on with by somebody else
    clock = SetClock(sample.FOUNDED_AT)
    then = replace(ledger, clock=clock)
    for number, office in enumerate(sample.OFFICES[size:], min(size, len(sample.OFFICES))):
        clock.instants = iter([sample.FOUNDED_AT + timedelta(microseconds=number)])
        offices.found(
            then, code=office["code"], name=office["name"], centre_kind=office["kind"], region=office["region"]
        )  # fmt: skip
    done = total - len(rest)
    for batch in batches(rest):
        clock.instants = iter([step.at for step in batch])
        actor = Actor(batch[0].role, f"{batch[0].role}@{batch[0].centre}", batch[0].centre)
        submit(then, actor, [load_entry(step.entry) for step in batch], batch=True)
        done += len(batch)
        progress(done, total)
    return total - size


def batches(steps: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """Steps of one centre and role that follow each other, at most a thousand at once."""
    for _, run in groupby(steps, key=lambda step: (step.centre, step.role)):
        said = list(run)
        yield from (said[start : start + BATCH] for start in range(0, len(said), BATCH))


def fresh_tokens(ledger: Ledger, wanted: Sequence[Mapping[str, str]]) -> list[tuple[str, str]]:
    """(whom it speaks for, token) for each of the sample's roles."""
    made = []
    for one in wanted:
        token = create_token(ledger, role=one["role"], centre=one.get("centre"), region=one.get("region"))
        made.append((f"{one['role']} {one.get('centre', '')}".strip(), token))
    return made


def scorecards_of(ledger: Ledger) -> Iterator[tuple[Label, Mapping[str, Any]]]:
    """Each programme's title with each participant's scorecard as of today, where the sample takes part."""
    auditor = Actor("auditor", "pool-ledger")
    with ledger.read() as now:
        for programme in ledger.catalogue.programmes.values():
            listed = scorecards(now, auditor, programme.id, on=None, known_at=None, level="recorded", limit=1000, cursor=None)
            for row in listed.answer()["items"]:
                asked = scorecard(now, auditor, programme.id, row["subject"], on=None, known_at=None, level="recorded")
                yield programme.title, asked.answer()
