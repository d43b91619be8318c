"""What random histories are made of: something that somebody may try to say in a world as it stands.

Most of it is allowed, for it looks at what is there to follow, verify or reverse; some of it is not, and that is as welcome.
What is asked of a history is drawn by `tests.store.questions`.
"""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from hypothesis import strategies as st

from ledger.facts.kinds import deals as d
from ledger.facts.kinds import outcomes as o
from ledger.facts.kinds import pools as p
from ledger.facts.kinds import registry as r
from ledger.facts.kinds import rulings as s
from ledger.facts.kinds.base import Fact
from ledger.facts.rules.rulings import NOT_ATTESTABLE
from tests.store.scenery import (
    BASELINES,
    CENTRES,
    DAYS,
    FILED,
    OFFICES,
    PATENTS,
    PROGRAMMES,
    REGIONS,
    STREAMS,
    Attempt,
    Draw,
    Known,
    authority,
    centre_record,
    days,
    from_day,
    money,
    parties,
    patents,
    perhaps,
    pick,
    recorder,
    signatory,
    some,
    usual_actor,
    words,
)  # fmt: skip


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
        return Attempt(authority(office), office, centre_record(code, region, draw(days), operator))
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
            patent_id=draw(patents), right=right, title="一种装置", filed_on=draw(st.sampled_from(FILED)),
            granted_on=draw(perhaps(days)), term_end=draw(perhaps(days)), owners=draw(perhaps(some(parties, 2))),
        )  # fmt: skip
    else:
        event: Any = draw(st.sampled_from(("GR01", "CF01", "CF01", "RR01", "RR01", "CX01", "IP01")))
        fact = r.PatentStatus(patent_id=draw(patents), code=event, effective_on=draw(days))
    return Attempt(usual_actor(stream), stream, fact)


@st.composite
def pools(draw: Draw, known: Known) -> Attempt:
    held = known.pools()
    opened = pick(draw, held) if draw(st.integers(0, 4)) else None
    if opened is None:
        centre = draw(st.sampled_from(tuple(CENTRES)))
        pool_id = draw(st.sampled_from(("Q1", "Q2", "Q3")))
        fact: Fact = p.Pool(pool_id=pool_id, action="open", on=draw(days), name="池", industry="photonics", operator="O1")
        return Attempt(recorder(centre), centre, fact)
    pool_id, day = opened.fact.pool_id, draw(from_day(opened.fact.on))
    what = draw(st.sampled_from(("admit", "admit", "admit", "withdraw", "withdraw", "close")))
    if what == "admit":
        fact = p.Admission(pool_id=pool_id, patents=draw(some(patents)), on=day, mode=draw(perhaps(words(p.AdmissionMode))))
    elif what == "withdraw":
        admitted = [e.fact for e in known.live(p.Admission) if isinstance(e.fact, p.Admission)]
        inside = [fact.patents for fact in admitted if fact.pool_id == pool_id]
        fact = p.Withdrawal(pool_id=pool_id, patents=draw(some(st.sampled_from(pick(draw, inside) or PATENTS), 2)), on=day)
    else:
        fact = p.Pool(pool_id=pool_id, action="close", on=day)
    return Attempt(recorder(opened.centre), opened.centre, fact)


@st.composite
def deals(draw: Draw, known: Known) -> Attempt:
    centre = draw(st.sampled_from(tuple(CENTRES)))
    kind = draw(st.sampled_from((d.Transfer, d.Licence, d.Licence, d.OpenLicence, d.Equity)))
    givers = draw(some(parties, 2))
    takers = draw(some(parties.filter(lambda one: one not in givers), 1 if kind is d.Equity else 2))
    statement = pick(draw, known.statements(centre)) if kind is d.OpenLicence else None
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
    shares: list[Any] = [draw(money) for _ in named] if apart else [None] * len(named)
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
def rivals(draw: Draw, known: Known) -> Attempt:
    """Deals by which centres claim one and the same recordal, some of them before they tell its day or its number."""
    centre = draw(st.sampled_from(tuple(CENTRES)))
    takers = draw(st.sampled_from((("S1",), ("S1",), ("S1", "S2"))))
    told: Any = {"related_party": False, "role": "served", "licence_type": "non_exclusive", "payment_mode": "lump", "amount": 100,
                      "term_months": 12}  # fmt: skip
    fact = d.Licence(
        deal_no=draw(st.sampled_from(("R1", "R2", "R3", "R4"))), grantors=("U1",), grantees=takers, signed_on=DAYS[0],
        lines=tuple(d.LineItem(patent_id="P1", grantee=one if len(takers) > 1 else None) for one in takers),
        registered_on=draw(perhaps(days)), registration_no=draw(st.sampled_from(("X1", "X1", None))), **told,
    )  # fmt: skip
    return Attempt(recorder(centre), centre, fact)


@st.composite
def followers(draw: Draw, known: Known) -> Attempt:
    state = pick(draw, known.deals())
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
    if kind == "release" and (loan := pick(draw, known.loans())):
        assert isinstance(loan.fact, o.Pledge)
        day = draw(from_day(loan.fact.registered_on))
        fact = o.Pledge(loan_ref=loan.fact.loan_ref, action="release", registered_on=day)
        return Attempt(recorder(loan.centre), loan.centre, fact)
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
    o.Attendee,
    token=st.sampled_from(("t1", "t2", "t3")),
    role=perhaps(st.sampled_from(("manager", "clerk"))),
    employer=perhaps(parties),
)


@st.composite
def verdicts(draw: Draw, known: Known) -> Attempt:
    """Attestations of what can be ruled on, by offices and by the centres' signatories; some of single lines."""
    targets = [e for e in known.entries if e.kind not in NOT_ATTESTABLE and known.world.live(e)]
    target = pick(draw, targets)
    if target is None:
        return Attempt(authority("hb-ipo"), "hb-ipo", s.Attestation(entry=0, verdict="verified"))
    by_office = draw(st.integers(0, 3))
    office = "js-ipo" if target.centre in ("c3", "js-ipo") else "hb-ipo"
    if draw(st.integers(0, 9)) == 0:
        office = draw(st.sampled_from(tuple(OFFICES)))
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
def regrets(draw: Draw, known: Known) -> Attempt:
    """A centre wants to take back what counts: deals and recordals above all."""
    wanted = (d.Deal, d.Registration) if draw(st.integers(0, 3)) else (Fact,)
    targets = [entry for entry in known.live(*wanted) if entry.centre in CENTRES] or known.entries
    target = draw(st.sampled_from(targets))
    return Attempt(usual_actor(target.centre), target.centre, s.Reversal(entry=target.index, reason="void"))


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
        metric, value = draw(st.sampled_from(BASELINES))
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
