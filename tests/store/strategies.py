"""What random histories are made of: few names and few days, so that things meet, and boundaries are hit.

`attempts` draws something that somebody may try to say in a world as it stands. Most of it is allowed, for it looks at what is
there to follow, verify or reverse; some of it is not, and that is as welcome. Identifiers are bare names: no rule and no figure
looks at their form. `questions` draws what is asked of a book.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from hypothesis import strategies as st

from ledger.facts.actors import Actor
from ledger.facts.encoding import encode
from ledger.facts.entries import Entry, Evidence
from ledger.facts.kinds import deals as d
from ledger.facts.kinds import outcomes as o
from ledger.facts.kinds import pools as p
from ledger.facts.kinds import registry as r
from ledger.facts.kinds import rulings as s
from ledger.facts.kinds.base import Fact
from ledger.facts.lines.deals import DealState
from ledger.facts.lines.outcomes import loan_state
from ledger.facts.lines.rows import NEVER
from ledger.facts.mentions import mention
from ledger.facts.rules.rulings import NOT_ATTESTABLE
from ledger.facts.world import World
from ledger.kpi.book import GROUPS, LEVELS, Question, Scope
from ledger.kpi.language import Catalogue, Metric
from ledger.kpi.participants import on_day, operators
from ledger.kpi.windows import Window

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
    evidence: tuple[Evidence, ...] = ()

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
        centres = [_centre(code, CENTRES[code], date(2022, 1, 1), "O1" if code == "c1" else None) for code in codes]
        yield office, [*centres, *(told if office == "hb-ipo" else ())]


def _centre(code: str, region: str, valid_from: date, operator: str | None) -> r.Centre:
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

    def streams_of(self, *kinds: type[Fact]) -> list[Entry]:
        return [entry for entry in self.entries if isinstance(entry.fact, kinds) and self.world.live(entry)]

    def deals(self) -> list[DealState]:
        found = (self.world.deal(entry.centre, entry.fact.deal_no) for entry in self.streams_of(d.Deal) if isinstance(entry.fact, d.Deal))
        return [state for state in found if state]

    def loans(self) -> list[Entry]:
        found = []
        for entry in self.streams_of(o.Pledge):
            assert isinstance(entry.fact, o.Pledge)
            loan, release = loan_state(self.world.history(mention("loan", entry.centre, entry.fact.loan_ref)))
            if loan is entry and not release:
                found.append(entry)
        return found

    def statements(self, centre: str) -> list[d.OpenLicenceStatement]:
        entries = self.streams_of(d.OpenLicenceStatement)
        return [e.fact for e in entries if e.centre == centre and isinstance(e.fact, d.OpenLicenceStatement)]

    def pools(self) -> list[Entry]:
        return [e for e in self.streams_of(p.Pool) if isinstance(e.fact, p.Pool) and e.fact.action == "open"]


Draw = Callable[[st.SearchStrategy[Any]], Any]


def _pick(draw: Draw, of: Sequence[Any]) -> Any:
    return draw(st.sampled_from(of)) if of else None


@st.composite
def masters(draw: Draw, known: Known) -> Attempt:
    """Centres, parties, patents and their events: late, backdated, and by the wrong people too."""
    kind = draw(st.sampled_from(("party", "party", "patent", "status", "status", "centre")))
    stream = draw(st.sampled_from(STREAMS))
    if kind == "centre":
        code = draw(st.sampled_from(tuple(CENTRES)))
        operator = draw(perhaps(st.sampled_from(("O1", "S1"))))
        office = "js-ipo" if code == "c3" else "hb-ipo"
        region = draw(st.sampled_from((CENTRES[code], "420500", "320500")))
        return Attempt(authority(office), office, _centre(code, region, draw(days), operator))
    if kind == "party":
        of: Any = draw(st.sampled_from(("enterprise", "enterprise", "university", "research_institute", "agency")))
        fact: Fact = r.Party(
            party_id=draw(parties), name="某单位", party_kind=of, valid_from=draw(days),
            size=draw(perhaps(words(r.Size))) if of == "enterprise" else None,
            region=draw(perhaps(st.sampled_from(REGIONS))),
            industry=draw(perhaps(st.sampled_from(("photonics", "textiles")))),
            chains=draw(perhaps(some(st.sampled_from(("photonics", "textiles")), 2))),
            tags=draw(perhaps(some(st.sampled_from(("listed", "sme")), 2))),
        )  # fmt: skip
    elif kind == "patent":
        right: Any = draw(st.sampled_from(("invention", "utility_model")))
        fact = r.Patent(
            patent_id=draw(patents), right=right, title="一种装置", filed_on=draw(st.sampled_from((date(2020, 3, 2), date(2014, 7, 1)))),
            granted_on=draw(perhaps(days)), term_end=draw(perhaps(days)), owners=draw(perhaps(some(parties, 2))),
        )  # fmt: skip
    else:
        code: Any = draw(st.sampled_from(("GR01", "CF01", "CF01", "RR01", "RR01", "CX01", "IP01")))
        fact = r.PatentStatus(patent_id=draw(patents), code=code, effective_on=draw(days))
    return Attempt(usual_actor(stream), stream, fact)


@st.composite
def pools(draw: Draw, known: Known) -> Attempt:
    held = known.pools()
    opened = _pick(draw, held) if draw(st.integers(0, 4)) else None
    if opened is None:
        centre = draw(st.sampled_from(tuple(CENTRES)))
        fact: Fact = p.Pool(
            pool_id=draw(st.sampled_from(("Q1", "Q2", "Q3"))), action="open", on=draw(days), name="池", industry="photonics", operator="O1"
        )
        return Attempt(recorder(centre), centre, fact)
    pool_id, day = opened.fact.pool_id, draw(from_day(opened.fact.on))
    what = draw(st.sampled_from(("admit", "admit", "admit", "withdraw", "withdraw", "close")))
    if what == "admit":
        fact = p.Admission(pool_id=pool_id, patents=draw(some(patents)), on=day, mode=draw(perhaps(words(p.AdmissionMode))))
    elif what == "withdraw":
        inside = [e.fact.patents for e in known.streams_of(p.Admission) if isinstance(e.fact, p.Admission) and e.fact.pool_id == pool_id]
        fact = p.Withdrawal(pool_id=pool_id, patents=draw(some(st.sampled_from(_pick(draw, inside) or PATENTS), 2)), on=day)
    else:
        fact = p.Pool(pool_id=pool_id, action="close", on=day)
    return Attempt(recorder(opened.centre), opened.centre, fact)


@st.composite
def deals(draw: Draw, known: Known) -> Attempt:
    centre = draw(st.sampled_from(tuple(CENTRES)))
    kind = draw(st.sampled_from((d.Transfer, d.Licence, d.Licence, d.OpenLicence, d.Equity)))
    givers = draw(some(parties, 2))
    takers = draw(some(parties.filter(lambda one: one not in givers), 1 if kind is d.Equity else 2))
    statement = _pick(draw, known.statements(centre)) if kind is d.OpenLicence else None
    cross = kind is d.Licence and draw(st.integers(0, 7)) == 0
    if cross:
        givers = takers = (givers[0], takers[0])
    signed_on = draw(days)
    told: dict[str, Any] = {
        "deal_no": draw(st.sampled_from(("D1", "D2", "D3", "D4", "D5"))), "grantors": givers, "grantees": takers,
        "related_party": draw(st.sampled_from((False, False, True))), "role": draw(words(d.DealRole)), "signed_on": signed_on,
        "effective_on": draw(perhaps(days)), "registered_on": draw(perhaps(from_day(signed_on))),
        "registration_no": draw(perhaps(st.sampled_from(("X1", "X2")))), "announced_on": draw(perhaps(days)),
        "matched_via": draw(perhaps(st.sampled_from(("inventory", "fair")))), "principals": draw(perhaps(some(parties, 2))),
    }  # fmt: skip
    wanted = st.sampled_from(statement.patents) if statement else patents
    named = draw(some(wanted, 3))
    apart = cross or draw(st.integers(0, 3)) == 0
    shares = [draw(money) for _ in named] if apart else [None] * len(named)
    told["lines"] = tuple(_line(draw, givers, takers, signed_on, *one, cross=cross) for one in zip(named, shares, strict=True))
    amount = sum(shares) if apart else draw(perhaps(money))
    modes = d.NOUGHT_MODES if amount == 0 else ("lump", "instalment", "mixed", "royalty", "deferred")
    told |= {"amount": amount, "payment_mode": draw(st.sampled_from(modes))}
    months = draw(st.sampled_from((1, 7, 12, 36)))
    if kind is d.Transfer:
        told["cause"] = draw(st.sampled_from(("assignment", "assignment", "judicial", "other")))
    elif kind is d.Licence:
        types = ("cross",) if cross else ("exclusive", "sole", "non_exclusive", "sub")
        told |= {"licence_type": draw(st.sampled_from(types)), "term_months": months}
        if draw(st.integers(0, 9)) == 0 and not apart:
            told |= {"payment_mode": "annual", "annual_fee": 1200, "amount": 100 * months}
    elif kind is d.OpenLicence:
        told |= {"statement_ref": statement.statement_ref if statement else "K1", "term_months": months}
    else:
        told |= {"investee": takers[0], "title_transferred": draw(st.booleans())}
    return Attempt(recorder(centre), centre, kind(**told))


def _line(
    draw: Draw, givers: Sequence[str], takers: Sequence[str], signed_on: date, patent_id: str, amount: int | None, *, cross: bool
) -> d.LineItem:
    giver = draw(st.sampled_from(givers)) if cross else draw(perhaps(st.sampled_from(givers)))
    taker = next(one for one in takers if one != giver) if cross else draw(perhaps(st.sampled_from(takers)))
    return d.LineItem(
        patent_id=patent_id, grantor=giver, grantee=taker, amount=amount,
        registered_on=draw(st.none() | st.none() | from_day(signed_on)),
        registration_no=draw(st.none() | st.none() | st.sampled_from(("X1", "X2"))),
        announced_on=draw(st.none() | st.none() | days),
    )  # fmt: skip


@st.composite
def followers(draw: Draw, known: Known) -> Attempt:
    state = _pick(draw, known.deals())
    if state is None:
        return Attempt(recorder("c1"), "c1", d.Payment(deal_no="D1", received_on=DAYS[0], amount=1, payment_type="upfront"))
    deal_no, centre = state.deal.deal_no, state.entry.centre
    count = len(state.lines)
    kind = draw(st.sampled_from(("registration", "registration", "amendment", "amendment", "payment", "payment", "termination")))
    change = draw(st.sampled_from((-1_000_000, -7, -1, 1, 2, 10, 1_000_001)))
    fact: Fact
    if kind == "registration":
        fact = d.Registration(
            deal_no=deal_no, registered_on=draw(from_day(state.deal.signed_on)),
            registration_no=draw(perhaps(st.sampled_from(("X1", "X2", "X3")))), announced_on=draw(perhaps(days)),
            lines=draw(perhaps(some(st.integers(1, count), count))),
        )  # fmt: skip
    elif kind == "amendment":
        fact = d.Amendment(deal_no=deal_no, on=draw(days), amount_change=change, reason="agreed")
    elif kind == "payment":
        fact = d.Payment(deal_no=deal_no, received_on=draw(days), amount=change, payment_type="instalment")
    else:
        fact = d.Termination(deal_no=deal_no, on=draw(days), reason="mutual", amount_change=draw(perhaps(st.just(change))))
    return Attempt(recorder(centre), centre, fact)


@st.composite
def statements(draw: Draw, known: Known) -> Attempt:
    centre = draw(st.sampled_from(tuple(CENTRES)))
    action: Any = draw(st.sampled_from(("publish", "publish", "withdraw")))
    ref = draw(st.sampled_from(("K1", "K2")))
    fact = d.OpenLicenceStatement(statement_ref=ref, patents=draw(some(patents)), action=action, on=draw(days))
    return Attempt(recorder(centre), centre, fact)


@st.composite
def outcomes(draw: Draw, known: Known) -> Attempt:
    kind = draw(st.sampled_from(("pledge", "release", "activity", "output", "output", "output")))
    centre = draw(st.sampled_from(tuple(CENTRES)))
    fact: Fact
    if kind == "release" and (loan := _pick(draw, known.loans())):
        assert isinstance(loan.fact, o.Pledge)
        day = draw(from_day(loan.fact.registered_on))
        return Attempt(recorder(loan.centre), loan.centre, o.Pledge(loan_ref=loan.fact.loan_ref, action="release", registered_on=day))
    if kind in ("pledge", "release"):
        action: Any = draw(st.sampled_from(("new", "renew")))
        fact = o.Pledge(
            loan_ref=draw(st.sampled_from(("N1", "N2", "N3"))), action=action, registered_on=draw(days), borrower=draw(parties),
            pledgors=("S1",), pledgee=draw(st.sampled_from(("B1", "B2"))), loan_amount=draw(money),
            rights=(o.PledgedRight(right_kind="patent", right_id=draw(patents)),),
        )  # fmt: skip
    elif kind == "activity":
        fact = o.Activity(
            activity_type=draw(st.sampled_from(("training", "service", "roadshow", "matchmaking", "push"))), title="活动",
            held_on=draw(days), mode=draw(perhaps(words(o.ActivityMode))), sessions=draw(perhaps(st.integers(1, 3))),
            deliveries=draw(perhaps(st.integers(0, 9))), contract_amount=draw(perhaps(money)),
            service_type=draw(perhaps(st.just("advice"))), programme=draw(perhaps(st.sampled_from(("prep", "exam")))),
            attendees=draw(perhaps(st.lists(_attendees, min_size=1, max_size=3).map(tuple))),
        )  # fmt: skip
    else:
        fact = o.Output(
            output_type=draw(st.sampled_from(("product_filing", "abs_product", "catalogue"))), title="成果",
            ref_no=draw(st.sampled_from(("F1", "F2"))), on=draw(days),
            status=draw(st.sampled_from(("draft", "filed", "approved", "published", "issued", "revoked"))),
            party_id=draw(perhaps(parties)), value_amount=draw(perhaps(money)), patents=draw(perhaps(some(patents))),
            issuer_level=draw(perhaps(words(o.IssuerLevel))),
        )  # fmt: skip
    return Attempt(recorder(centre), centre, fact)


_attendees = st.builds(
    o.Attendee, token=st.sampled_from(("t1", "t2", "t3")), role=perhaps(st.sampled_from(("manager", "clerk"))), employer=perhaps(parties)
)


@st.composite
def verdicts(draw: Draw, known: Known) -> Attempt:
    """Attestations of what can be ruled on, by offices and by the centres' signatories; some of single lines."""
    targets = [e for e in known.entries if e.kind not in NOT_ATTESTABLE and known.world.live(e)]
    target = _pick(draw, targets)
    if target is None:
        return Attempt(authority("hb-ipo"), "hb-ipo", s.Attestation(entry=0, verdict="verified"))
    by_office = draw(st.integers(0, 3))
    office = ("js-ipo" if target.centre in ("c3", "js-ipo") else "hb-ipo") if draw(st.integers(0, 9)) else draw(st.sampled_from(tuple(OFFICES)))
    verdict: Any = draw(st.sampled_from(("verified", "verified", "rejected", "rejected", "contested"))) if by_office else "attested"
    count = len(target.fact.lines) if isinstance(target.fact, d.Deal) else 2
    lined = isinstance(target.fact, d.Deal | d.Registration) and draw(st.booleans())
    fact = s.Attestation(entry=target.index, verdict=verdict, lines=draw(some(st.integers(1, count), count)) if lined else None)
    if by_office or target.centre in OFFICES:
        return Attempt(authority(office), office, fact)
    return Attempt(signatory(target.centre), target.centre, fact)


@st.composite
def reversals(draw: Draw, known: Known) -> Attempt:
    target = draw(st.sampled_from(known.entries[len(OFFICES) :]))
    fact = s.Reversal(entry=target.index, reason="data_error")
    stream = "hb-ipo" if draw(st.integers(0, 5)) == 0 else target.centre
    return Attempt(usual_actor(stream), stream, fact)


@st.composite
def rulings(draw: Draw, known: Known) -> Attempt:
    programme = draw(st.sampled_from(tuple(PROGRAMMES)))
    subject = draw(st.sampled_from(PROGRAMMES[programme]))
    office = "js-ipo" if subject in ("c3", "320500", "320000") else "hb-ipo"
    kind = draw(st.sampled_from(("participation", "participation", "baseline", "closing")))
    fact: Fact
    if kind == "participation":
        state: Any = draw(st.sampled_from(("started", "started", "recognised", "accepted", "delisted")))
        start = draw(st.sampled_from((date(2024, 1, 1), date(2024, 2, 29), date(2024, 7, 1)))) if state == "started" else None
        overrides = {"lines": draw(st.sampled_from(("3", "4")))} if programme == "corners-centre" and draw(st.booleans()) else None
        fact = s.Participation(
            programme=programme, subject=subject, state=state, on=draw(days), start_on=start, overrides=overrides,
            months=draw(perhaps(st.sampled_from((12, 18)))) if state == "started" else None,
            industry=draw(perhaps(st.sampled_from(("photonics", "textiles")))),
        )  # fmt: skip
    elif kind == "baseline":
        metric, value = draw(st.sampled_from((("every_line", "2"), ("lead_received", "0.05"), ("amount_twice", "7"), ("firms_listed", "0"))))
        begins = draw(days)
        fact = s.Baseline(metric=metric, subject=subject, from_=begins, to=draw(from_day(begins)), value=value, source="年报")
        if subject in CENTRES and draw(st.booleans()):
            return Attempt(recorder(subject), subject, fact)
    else:
        action: Any = draw(st.sampled_from(("submit", "submit", "accept", "accept", "return", "reopen")))
        decided = {"survey": draw(st.booleans())} if action == "accept" and programme == "corners-centre" else None
        through = draw(st.sampled_from((date(2024, 1, 1), date(2024, 6, 30))))
        fact = s.Closing(programme=programme, subject=subject, through=through, action=action, note="经核查", decisions=decided)
        if action == "submit" and subject in CENTRES:
            return Attempt(signatory(subject), subject, fact)
    return Attempt(authority(office), office, fact)


ATTEMPTS: Sequence[Callable[[Known], st.SearchStrategy[Attempt]]] = (
    masters, pools, pools, deals, deals, deals, followers, followers, followers, statements, outcomes, outcomes, verdicts, verdicts,
    reversals, rulings,
)  # fmt: skip


def attempts(known: Known) -> st.SearchStrategy[Attempt]:
    return st.sampled_from(ATTEMPTS).flatmap(lambda of: of(known))


# --- what is asked ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Wanted:
    """A question, and the groups by which it is asked as well."""

    question: Question
    by: tuple[str, ...]

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """For Hypothesis: a metric would tell all that it resolves to, and nobody could read the failure."""
        q = self.question
        printer.text(f"{q.metric.id} of {q.scope} in {q.window} on {q.on} at {q.level} by {self.by}")


@st.composite
def questions(draw: Draw, catalogue: Catalogue, world: World) -> Wanted:
    """A question in any scope. `world` tells what the subject is; what is asked may be any size of its log."""
    metric = catalogue.metrics[draw(st.sampled_from(sorted(catalogue.metrics)))]
    begins, ends = draw(perhaps(days)), draw(days | st.just(NEVER))
    if begins and begins >= ends:
        begins, ends = (ends, begins) if begins > ends else (None, ends)
    on = draw(days)
    scope = draw(_scopes(world, on))
    question = Question(metric, scope, Window(begins, ends), on, draw(st.sampled_from(tuple(LEVELS))))
    return Wanted(question, () if metric.sum else draw(some(st.sampled_from(_groups(metric)), 2)))


def _groups(metric: Metric) -> tuple[str, ...]:
    return ("centre", "kind", "region") if metric.stock else GROUPS


@st.composite
def _scopes(draw: Draw, world: World, on: date) -> Scope:
    recorders = draw(st.none() | st.none() | st.none() | st.frozensets(st.sampled_from(tuple(CENTRES)), max_size=2))
    industry = draw(perhaps(st.sampled_from(("photonics", "textiles"))))
    what = draw(st.sampled_from(("centre", "centre", "region", "region", "whole")))
    if what == "centre":
        code = draw(st.sampled_from(tuple(CENTRES)))
        rows = sorted((row for row in world.rows(mention("centre", code))), key=lambda row: row.begins)  # type: ignore[attr-defined]
        record = on_day(rows, on)  # type: ignore[arg-type]
        terms = {"industry": industry, "region": record.region if record else None}
        return Scope(centre=code, terms=terms, operators=operators(rows), recorders=recorders)  # type: ignore[arg-type]
    region = draw(st.sampled_from(REGIONS))
    terms = {"industry": industry, "region": region}
    return Scope(region=region if what == "region" else None, terms=terms, recorders=recorders)
