"""Histories without a database: what somebody may try to say, through the rules, into a world; and the sample year.

Random ones are made of the same attempts as those of `tests.store.test_machine`, so that every kind of entry meets every other.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from hypothesis import note
from hypothesis import strategies as st

from examples import sample_year
from ledger.actions.ledger import Policies
from ledger.facts.encoding import encode
from ledger.facts.entries import Entry
from ledger.facts.kinds.registry import Centre
from ledger.facts.rules.context import Saying
from ledger.facts.rules.table import problems_with
from ledger.facts.world import World
from ledger.kpi.language import Catalogue
from schemas.entries import load_entry
from tests.store import scenery
from tests.store.scenery import Attempt, Known
from tests.store.strategies import attempts

BEGAN = datetime(2026, 1, 2, tzinfo=UTC)


@st.composite
def histories(draw: scenery.Draw, catalogue: Catalogue, tries: int = 40) -> list[Entry]:
    """The beginnings, and then what the rules let pass of so many attempts."""
    world, policies, entries = World(), Policies(catalogue), list[Entry]()

    def say(one: Attempt, founding: bool = False) -> None:
        saying = Saying(one.centre, one.by, world, policies, founding)
        if not problems_with(one.fact, saying):
            at = BEGAN + timedelta(seconds=len(entries))
            entries.append(Entry(len(entries), one.centre, 0, at, one.by.name, one.fact, office=saying.office))
            world.take(entries[-1])
            note(f"{len(entries) - 1} {one.centre} {one.fact.kind} {encode(one.fact)}")

    for office in scenery.OFFICES:
        say(Attempt(scenery.authority(office), office, scenery.founding(office)), founding=True)
    for office, facts in scenery.beginnings():
        for fact in facts:
            say(Attempt(scenery.authority(office), office, fact))
    for _ in range(tries):
        say(draw(attempts(Known(world, entries))))
    return entries


def of_the_sample_year() -> list[Entry]:
    """The entries of the sample year, as they lie in a log."""
    return list(_sample_year())


def _sample_year() -> Iterator[Entry]:
    seen = Counter[str]()
    offices = [office["code"] for office in sample_year.OFFICES]
    at = sample_year.FOUNDED_AT
    for index, office in enumerate(sample_year.OFFICES):
        code, region = office["code"], office["region"]
        fact = Centre(code=code, name=office["name"], centre_kind="province_office", region=region, valid_from=at.date())
        seen[code] += 1
        yield Entry(index, code, 0, at, "cli", fact, office=True)
    for index, step in enumerate(sample_year.steps(), len(offices)):
        said = load_entry(step.entry)
        yield Entry(index, step.centre, seen[step.centre], step.at, step.role, said.fact, office=step.centre in offices)
        seen[step.centre] += 1
