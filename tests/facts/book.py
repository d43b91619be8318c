"""A small world for tests: two offices, two centres and a park, some patents, and short ways to say things in it.

Everything is said through the rules. `takes` is for what must be right, `refuses` for what must not: it answers the codes and
places of the problems, and nothing is kept. Parties and patents go by bare names (`U1`, `P1`), whose form no rule looks at.

    book = Book()
    deal = book.takes("c1", licence("L-1", "U1 > S1", "P1 P2", amount=100_00))
    assert book.refuses("c1", registration("L-1", "2025-09-10", lines=(3,))) == {("invalid", "body.lines.0")}
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any, ClassVar

from ledger.facts.actors import Actor
from ledger.facts.entries import Entry
from ledger.facts.kinds.base import Fact
from ledger.facts.kinds.deals import (
    Amendment,
    Equity,
    Licence,
    LineItem,
    OpenLicence,
    OpenLicenceStatement,
    Payment,
    PaymentType,
    Registration,
    Termination,
    Transfer,
)
from ledger.facts.kinds.outcomes import Activity, Output, Pledge, PledgedRight
from ledger.facts.kinds.pools import Admission, Pool, Withdrawal
from ledger.facts.kinds.registry import Centre, Party, Patent, PatentStatus
from ledger.facts.kinds.rulings import Attestation, Baseline, Closing, Participation, Reversal
from ledger.facts.problems import Problem
from ledger.facts.rules.context import ProgrammeTerms, Saying
from ledger.facts.rules.table import problems_with, warnings_for
from ledger.facts.world import World

WRITTEN_AT = datetime(2025, 9, 1, tzinfo=UTC)
OFFICES = {"hb-ipo": "420000", "js-ipo": "320000"}
REGIONS = {"c1": "420100", "c2": "420500", "park": "420506-hitech", "j1": "320500"}


def day(text: str) -> date:
    return date.fromisoformat(text)


def _days(given: dict[str, Any]) -> dict[str, Any]:
    """Fields whose names speak of days, read from text."""
    named = ("on", "filed_on", "granted_on", "term_end", "effective_on", "signed_on", "registered_on", "announced_on", "start_on")
    return {name: day(value) if name in named and value else value for name, value in given.items()}


class Terms:
    """Two metrics and three programmes, as the rules see them."""

    programmes: ClassVar = {
        "two-years": ProgrammeTerms(
            "centre", {"times": "300", "share": "1.50"}, frozenset({"growth"}), {"times": "次", "share": "1"}
        ),
        "parks": ProgrammeTerms("park", {}, frozenset(), {}),
        "cities": ProgrammeTerms("region", {}, frozenset(), {}),
        "province": ProgrammeTerms("province", {}, frozenset(), {}),
    }
    metrics: ClassVar = {"times": "次", "amount": "万元"}

    def programme(self, programme_id: str) -> ProgrammeTerms | None:
        return self.programmes.get(programme_id)

    def metric_unit(self, metric_id: str) -> str | None:
        return self.metrics.get(metric_id)


def recorder(centre: str) -> Actor:
    return Actor("recorder", f"recorder@{centre}", centre)


def signatory(centre: str) -> Actor:
    return Actor("signatory", f"signatory@{centre}", centre)


def authority(office: str, region: str | None = None) -> Actor:
    return Actor("authority", f"authority@{office}", office, region)


class Book:
    """A world, and what is said in it."""

    def __init__(self) -> None:
        self.world = World()
        self._size = 0
        for office, region in OFFICES.items():
            self.takes(office, centre(office, region, centre_kind="province_office"), founding=True)
        for code, region in REGIONS.items():
            kind = "park" if code == "park" else "centre"
            self.takes("js-ipo" if code == "j1" else "hb-ipo", centre(code, region, centre_kind=kind))
        for number in range(1, 7):
            self.takes("hb-ipo", patent(f"P{number}"))

    def saying(self, stream: str, by: Actor | None = None, founding: bool = False) -> Saying:
        default = authority(stream) if founding or self.world.is_office(stream) else recorder(stream)
        return Saying(stream, by or default, self.world, Terms(), founding)

    def problems(self, stream: str, fact: Fact, by: Actor | None = None, *, founding: bool = False) -> list[Problem]:
        return problems_with(fact, self.saying(stream, by, founding))

    def takes(self, stream: str, fact: Fact, by: Actor | None = None, *, founding: bool = False) -> int:
        """The index that the entry gets, after the rules have found nothing."""
        found = self.problems(stream, fact, by, founding=founding)
        assert not found, found
        office = founding or self.world.is_office(stream)
        self.world.take(Entry(self._size, stream, self._size, WRITTEN_AT, "somebody", fact, office=office))
        self._size += 1
        return self._size - 1

    def refuses(self, stream: str, fact: Fact, by: Actor | None = None) -> set[tuple[str, str]]:
        """(code, path) of every problem; each has its words in both languages."""
        found = self.problems(stream, fact, by)
        assert all(p.zh and p.en and p.zh != p.en for p in found)
        return {(p.code, p.path) for p in found}

    def in_the_way(self, stream: str, fact: Fact, by: Actor | None = None) -> set[tuple[str, int | None]]:
        """(code, entry) of every problem."""
        return {(p.code, p.entry) for p in self.problems(stream, fact, by)}

    def warns(self, stream: str, fact: Fact) -> list[tuple[str, str, int | None]]:
        """(code, path, entry) of every warning about what the rules let pass."""
        assert not self.problems(stream, fact)
        found = warnings_for(fact, self.saying(stream))
        assert all(w.zh and w.en and w.zh != w.en for w in found)
        return [(w.code, w.path, w.entry) for w in found]

    def verified(self, index: int, verdict: Any = "verified", **given: Any) -> int:
        return self.takes("hb-ipo", Attestation(entry=index, verdict=verdict, **given))

    def reversed(self, stream: str, index: int) -> int:
        return self.takes(stream, reversal(index))


# --- master data -----------------------------------------------------------------------------------------------------


def centre(code: str, region: str, **given: Any) -> Centre:
    told: dict[str, Any] = {"name": code, "centre_kind": "centre", "valid_from": day("2022-01-01")} | given
    return Centre(code=code, region=region, **told)


def party(party_id: str, **given: Any) -> Party:
    told: dict[str, Any] = {"name": party_id, "party_kind": "enterprise", "valid_from": day("2020-01-01")} | given
    return Party(party_id=party_id, **told)


def patent(patent_id: str, **given: Any) -> Patent:
    told = {"right": "invention", "title": patent_id, "filed_on": "2020-03-02", "granted_on": "2022-05-10"} | given
    return Patent(patent_id=patent_id, **_days(told))


def status(patent_id: str, code: Any, on: str) -> PatentStatus:
    return PatentStatus(patent_id=patent_id, code=code, effective_on=day(on))


# --- pools -----------------------------------------------------------------------------------------------------------


def opens(pool_id: str = "Q1", on: str = "2025-08-20", **given: Any) -> Pool:
    told = {"name": "光通信专利池", "industry": "photonics", "operator": "O1"} | given
    return Pool(pool_id=pool_id, action="open", on=day(on), **told)


def closes(pool_id: str = "Q1", on: str = "2026-12-31") -> Pool:
    return Pool(pool_id=pool_id, action="close", on=day(on))


def admits(patents: str, on: str = "2025-09-01", pool_id: str = "Q1") -> Admission:
    return Admission(pool_id=pool_id, patents=tuple(patents.split()), on=day(on))


def withdraws(patents: str, on: str = "2026-04-01", pool_id: str = "Q1") -> Withdrawal:
    return Withdrawal(pool_id=pool_id, patents=tuple(patents.split()), on=day(on))


# --- deals -----------------------------------------------------------------------------------------------------------


def _deal(deal_no: str, parties: str, patents: str | Iterable[LineItem], given: dict[str, Any]) -> dict[str, Any]:
    """The fields of a deal from `"U1 R1 > S1"` and `"P1 P2"`; amounts in fen."""
    grantors, _, grantees = parties.partition(">")
    items = [LineItem(patent_id=name) for name in patents.split()] if isinstance(patents, str) else patents
    told: dict[str, Any] = {
        "deal_no": deal_no, "grantors": tuple(grantors.split()), "grantees": tuple(grantees.split()), "lines": tuple(items),
        "related_party": False, "role": "served", "payment_mode": "lump", "amount": 100_00, "signed_on": "2025-08-20",
    }  # fmt: skip
    return _days(told | given)


def line(patent_id: str, **given: Any) -> LineItem:
    return LineItem(patent_id=patent_id, **_days(given))


def transfer(deal_no: str, parties: str, patents: str | Iterable[LineItem], **given: Any) -> Transfer:
    return Transfer(**_deal(deal_no, parties, patents, {"cause": "assignment"} | given))


def licence(deal_no: str, parties: str, patents: str | Iterable[LineItem], **given: Any) -> Licence:
    return Licence(**_deal(deal_no, parties, patents, {"licence_type": "non_exclusive", "term_months": 36} | given))


def open_licence(deal_no: str, parties: str, patents: str, statement_ref: str, **given: Any) -> OpenLicence:
    return OpenLicence(**_deal(deal_no, parties, patents, {"statement_ref": statement_ref, "term_months": 36} | given))


def equity(deal_no: str, parties: str, patents: str, investee: str, **given: Any) -> Equity:
    return Equity(**_deal(deal_no, parties, patents, {"investee": investee, "title_transferred": True} | given))


def publishes(ref: str, patents: str, on: str) -> OpenLicenceStatement:
    return OpenLicenceStatement(statement_ref=ref, patents=tuple(patents.split()), action="publish", on=day(on))


def recalls(ref: str, patents: str, on: str) -> OpenLicenceStatement:
    return OpenLicenceStatement(statement_ref=ref, patents=tuple(patents.split()), action="withdraw", on=day(on))


def registration(deal_no: str, on: str, **given: Any) -> Registration:
    return Registration(deal_no=deal_no, registered_on=day(on), **_days(given))


def amendment(deal_no: str, change: int, on: str = "2026-01-01") -> Amendment:
    return Amendment(deal_no=deal_no, on=day(on), amount_change=change, reason="agreed")


def termination(deal_no: str, on: str = "2026-06-01", **given: Any) -> Termination:
    return Termination(deal_no=deal_no, on=day(on), reason="mutual", **given)


def payment(deal_no: str, amount: int, on: str = "2025-10-01", payment_type: PaymentType | None = None) -> Payment:
    told = payment_type or ("refund" if amount < 0 else "instalment")
    return Payment(deal_no=deal_no, received_on=day(on), amount=amount, payment_type=told)


# --- outcomes --------------------------------------------------------------------------------------------------------


def pledge(loan_ref: str, **given: Any) -> Pledge:
    told: dict[str, Any] = {
        "action": "new", "registered_on": "2025-10-10", "borrower": "S1", "pledgors": ("S1",), "pledgee": "B1",
        "rights": (PledgedRight(right_kind="patent", right_id="P1"),), "loan_amount": 100_00,
    }  # fmt: skip
    return Pledge(loan_ref=loan_ref, **_days(told | given))


def release(loan_ref: str, on: str = "2026-10-10") -> Pledge:
    return Pledge(loan_ref=loan_ref, action="release", registered_on=day(on))


def activity(activity_type: Any = "training", **given: Any) -> Activity:
    return Activity(activity_type=activity_type, title="活动", held_on=day("2025-09-01"), **given)


def output(**given: Any) -> Output:
    told: dict[str, Any] = {"output_type": "product_filing", "ref_no": "F-1", "status": "approved"} | given
    return Output(title="产品", on=day("2025-09-01"), **told)


# --- rulings ---------------------------------------------------------------------------------------------------------


def participation(subject: str, programme: str = "two-years", **given: Any) -> Participation:
    told = {"state": "recognised", "on": "2025-08-01"} | given
    return Participation(programme=programme, subject=subject, **_days(told))


def baseline(subject: str, **given: Any) -> Baseline:
    told: dict[str, Any] = {"metric": "times", "from_": day("2023-01-01"), "to": day("2024-01-01"), "value": "50"} | given
    return Baseline(subject=subject, source="统计年报", **told)


def verdict(entry: int, said: Any = "verified", **given: Any) -> Attestation:
    return Attestation(entry=entry, verdict=said, **given)


def reversal(entry: int, **given: Any) -> Reversal:
    return Reversal(entry=entry, reason="data_error", **given)


def closing(action: Any, subject: str = "c1", programme: str = "two-years", through: str = "2026-07-31", **given: Any) -> Closing:
    return Closing(programme=programme, subject=subject, through=day(through), action=action, **given)
