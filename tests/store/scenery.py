"""The people, places and days of random histories, how every history begins, and what is known when something is tried.

Few names and few days, so that things meet, and boundaries are hit. Identifiers are bare names: no rule and no figure looks at
their form.
"""


from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from hypothesis import strategies as st

from ledger.facts.actors import Actor
from ledger.facts.encoding import encode
from ledger.facts.entries import Entry
from ledger.facts.kinds import deals as d
from ledger.facts.kinds import outcomes as o
from ledger.facts.kinds import pools as p
from ledger.facts.kinds import registry as r
from ledger.facts.kinds.base import Fact
from ledger.facts.lines.deals import DealState
from ledger.facts.lines.outcomes import loan_state
from ledger.facts.mentions import mention
from ledger.facts.world import World

OFFICES = {"hb-ipo": "420000", "js-ipo": "320000"}
CENTRES = {"c1": "420100", "c2": "420506-hitech", "c3": "320500"}
KINDS = {"c1": "centre", "c2": "park", "c3": "centre"}
STREAMS = (*CENTRES, *OFFICES)
REGIONS = ("420000", "420100", "420500", "420506-hitech", "320000", "320500")
PARTIES = ("U1", "R1", "S1", "S2", "S3", "L1", "O1", "X1")  # X1 is never registered in the beginning
PATENTS = tuple(f"P{number}" for number in range(1, 9))
PROGRAMMES = {
    "corners-centre": ("c1", "c2", "c3"),
    "corners-park": ("c2",),
    "corners-region": ("420100", "420500", "320500"),
    "corners-province": ("420000", "320000"),
}

# The first and last days of the windows that programmes and questions use, and days on which a term or a period turns.
DAYS = tuple(map(date.fromisoformat, (
    "2023-12-31", "2024-01-01", "2024-02-29", "2024-06-30", "2024-07-01", "2024-12-31",
    "2025-01-01", "2025-02-28", "2025-06-30", "2025-07-01", "2025-12-31", "2026-01-01",
)))  # fmt: skip
FILED = (date(2020, 3, 2), date(2014, 7, 1))
BASELINES = (("every_line", "2"), ("lead_received", "0.05"), ("amount_twice", "7"), ("firms_listed", "0"))
MONEY = (0, 1, 2, 3, 7, 100, 33_333, 1_000_000)

days = st.sampled_from(DAYS)
parties = st.sampled_from(PARTIES)
patents = st.sampled_from(PATENTS)
money = st.sampled_from(MONEY)


def perhaps(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


def words(literal: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(literal.__args__)


def some(strategy: st.SearchStrategy[Any], most: int = 3, least: int = 1) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(strategy, min_size=least, max_size=most, unique=True).map(tuple)


def from_day(day: date) -> st.SearchStrategy[date]:
    return st.sampled_from([one for one in DAYS if one >= day] or [day])


@dataclass(frozen=True)
class Attempt:
    """Somebody tries to say something in a stream."""

    by: Actor
    centre: str
    fact: Fact

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(f"{self.by.name} in {self.centre}: {self.fact.kind} {encode(self.fact)}")


def recorder(centre: str) -> Actor:
    return Actor("recorder", f"recorder@{centre}", centre)


def signatory(centre: str) -> Actor:
    return Actor("signatory", f"signatory@{centre}", centre)


def authority(office: str) -> Actor:
    return Actor("authority", f"authority@{office}", office, OFFICES[office])


def usual_actor(stream: str) -> Actor:
    return authority(stream) if stream in OFFICES else recorder(stream)


# --- how every history begins ----------------------------------------------------------------------------------------


def founding(office: str) -> r.Centre:
    return r.Centre(
        code=office, name=office, centre_kind="province_office", region=OFFICES[office], valid_from=date(2020, 1, 1)
    )


def beginnings() -> Iterator[tuple[str, Sequence[Fact]]]:
    """What the offices say first, a batch each: their centres, and enough people and patents to begin with."""
    told: list[Fact] = [
        _party("U1", "university", "420100"), _party("R1", "research_institute", "320500"),
        _party("S1", "enterprise", "420502", size="small", chains=("photonics",), tags=("listed",)),
        _party("S2", "enterprise", "420100", size="micro", chains=("photonics", "textiles"), industry="photonics", tags=("sme",)),
        _party("L1", "enterprise", "420506-hitech", size="large"), _party("O1", "agency", "420100"),
    ]  # fmt: skip
    filed = ("2004-07-01", "2015-01-01", "2020-03-02", "2022-02-28")  # the first two run out among our days
    for number, patent_id in enumerate(PATENTS[:-1]):
        day = date.fromisoformat(filed[number % 4])
        right: Any = "invention" if number % 2 == 0 else "utility_model"
        granted = None if number == 5 else date(2023, 1, 1)
        told.append(r.Patent(patent_id=patent_id, right=right, title=patent_id, filed_on=day, granted_on=granted))
    for office, codes in (("hb-ipo", ("c1", "c2")), ("js-ipo", ("c3",))):
        centres = [centre_record(code, CENTRES[code], date(2022, 1, 1), "O1" if code == "c1" else None) for code in codes]
        yield office, [*centres, *(told if office == "hb-ipo" else ())]


def centre_record(code: str, region: str, valid_from: date, operator: str | None) -> r.Centre:
    kind: Any = KINDS[code]
    return r.Centre(code=code, name=code, centre_kind=kind, region=region, valid_from=valid_from, operator=operator)


def _party(party_id: str, kind: Any, region: str, **told: Any) -> r.Party:
    return r.Party(party_id=party_id, name=party_id, party_kind=kind, valid_from=date(2020, 1, 1), region=region, **told)


# --- what can be tried -----------------------------------------------------------------------------------------------


class Known:
    """A world with the lists from which an attempt picks what it is about."""

    def __init__(self, world: World, entries: Sequence[Entry]) -> None:
        self.world = world
        self.entries = entries

    def live(self, *kinds: type[Fact]) -> list[Entry]:
        return [entry for entry in self.entries if isinstance(entry.fact, kinds) and self.world.live(entry)]

    def deals(self) -> list[DealState]:
        recorded = [(entry.centre, entry.fact.deal_no) for entry in self.live(d.Deal) if isinstance(entry.fact, d.Deal)]
        return [state for centre, deal_no in recorded if (state := self.world.deal(centre, deal_no))]

    def loans(self) -> list[Entry]:
        found = []
        for entry in self.live(o.Pledge):
            assert isinstance(entry.fact, o.Pledge)
            loan, release = loan_state(self.world.history(mention("loan", entry.centre, entry.fact.loan_ref)))
            if loan is entry and not release:
                found.append(entry)
        return found

    def statements(self, centre: str) -> list[d.OpenLicenceStatement]:
        entries = self.live(d.OpenLicenceStatement)
        return [e.fact for e in entries if e.centre == centre and isinstance(e.fact, d.OpenLicenceStatement)]

    def pools(self) -> list[Entry]:
        return [e for e in self.live(p.Pool) if isinstance(e.fact, p.Pool) and e.fact.action == "open"]


Draw = Callable[[st.SearchStrategy[Any]], Any]


def pick(draw: Draw, of: Sequence[Any]) -> Any:
    return draw(st.sampled_from(of)) if of else None
