"""Who may say what, in whose stream, about whom: DESIGN section 7 with RULINGS 29, 43 and 52, case by case.

Every case is a request that is in order and that the ledger would take, were it not for who sends it. `may` are the callers who
send it with a right to; for everybody else it is forbidden, whatever they are. Streams are written to in no other name, so each
case is sent by all of them.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from tests.access.scenery import (
    ACCEPTED,
    CENTRES,
    REGION,
    SUBMITTED,
    UNIVERSITY,
    centre,
    closing,
    deal,
    firm_of,
    licence,
    party,
    patent,
    patent_of,
    started,
)  # fmt: skip


class Case(NamedTuple):
    """A request to record, and who may send it."""

    stream: str
    kind: str
    body: Mapping[str, Any]
    may: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        told = [f"{field}={self.body[field]}" for field in ("subject", "verdict", "action", "entry", "code") if field in self.body]
        return " ".join([self.stream, self.kind, *told])


# The callers who write to each stream: recorder, signatory.
SPEAKERS: Final[Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "wh-optics": (("recorder",), ("signatory",)),
    "yc-chem": (("neighbour",), ("colleague",)),
    "wh-park": (("park",), ()),
    "nj-soft": (("stranger",), ()),
}
OTHER: Final = {"wh-optics": "yc-chem", "yc-chem": "wh-optics", "wh-park": "wh-optics", "nj-soft": "yc-chem"}
LATER: Final = "2025-08-20"  # a period that nobody has closed yet

_TWO_YEARS: Final = {"from": "2025-10-01", "to": "2026-01-01"}


def baseline(subject: str) -> dict[str, Any]:
    return {"metric": "hei_sme_amount", "subject": subject, **_TWO_YEARS, "value": "1.00", "source": "-"}


def attestation(entry: str, verdict: str) -> dict[str, Any]:
    return {"entry": entry, "verdict": verdict}


def reversal(entry: str) -> dict[str, Any]:
    return {"entry": entry, "reason": "data_error"}


def of_recorders(code: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """One of each kind that a recorder writes, as it could come next in the stream of a centre."""
    five, six = patent_of(code, 5), patent_of(code, 6)
    yield "party", party("ORG:new")
    yield "patent", patent(patent_of(code, 20), "新方法")
    yield "patent_status", {"patent_id": five, "code": "CF01", "effective_on": "2026-01-01"}
    opening = {"name": "新池", "industry": "photonics", "operator": UNIVERSITY, "action": "open", "on": "2025-11-01"}
    yield "pool", opening | {"pool_id": "Q-new"}
    yield "pool", {"pool_id": f"Q-{code}", "action": "close", "on": "2025-11-01"}
    yield "admission", {"pool_id": f"Q-{code}", "patents": [five], "on": "2025-11-01"}
    yield "withdrawal", {"pool_id": f"Q-{code}", "patents": [patent_of(code, 1)], "on": "2025-11-01"}
    yield "transfer", deal(code, "N-1", [six], cause="assignment")
    yield "licence", licence(code, "N-2", [six])
    yield "open_licence", deal(code, "N-3", [patent_of(code, 3)], statement_ref="S-1", term_months=12)
    yield "equity", deal(code, "N-4", [six], investee=firm_of(code), title_transferred=False)
    yield "open_licence_statement", {"statement_ref": "S-new", "patents": [six], "action": "publish", "on": "2025-11-01"}
    yield "registration", {"deal_no": "L-2", "registered_on": "2025-11-01"}
    yield "amendment", {"deal_no": "L-1", "on": "2025-11-01", "amount_change": "1.00", "reason": "agreed"}
    yield "termination", {"deal_no": "L-1", "on": "2025-11-01", "reason": "mutual"}
    yield "payment", {"deal_no": "L-1", "received_on": "2025-11-01", "amount": "1.00", "payment_type": "instalment"}
    loan = {"borrower": firm_of(code), "pledgors": [firm_of(code)], "pledgee": "ORG:bank", "loan_amount": "1.00",
            "rights": [{"right_kind": "patent", "right_id": five}]}  # fmt: skip
    yield "pledge", {"loan_ref": "N-5", "action": "new", "registered_on": "2025-11-01", **loan}
    yield "activity", {"activity_type": "roadshow", "title": "路演", "held_on": "2025-11-01"}
    yield "output", {"output_type": "brand", "ref_no": "N-6", "title": "品牌", "on": "2025-11-01", "status": "approved"}
    yield "baseline", baseline(code)
    yield "reversal", reversal(f"@{code}:activity")


def in_a_centre(code: str) -> Iterator[Case]:
    """A centre records for itself; its signatory attests and submits, and nothing else."""
    recorder, signatory = SPEAKERS[code]
    other = OTHER[code]
    for kind, body in of_recorders(code):
        yield Case(code, kind, body, recorder)
    # What is another's: a pool, a baseline, an entry.
    yield Case(code, "pool", {"pool_id": f"Q-{other}", "action": "close", "on": "2025-11-01"})
    yield Case(code, "admission", {"pool_id": f"Q-{other}", "patents": [patent_of(other, 5)], "on": "2025-11-01"})
    yield Case(code, "withdrawal", {"pool_id": f"Q-{other}", "patents": [patent_of(other, 1)], "on": "2025-11-01"})
    yield Case(code, "baseline", baseline(other))
    yield Case(code, "baseline", baseline(REGION[code][:6]))
    for entry in (f"@{other}:activity", f"@{other}:party unused", "@hb-ipo:party unused", "@hb-ipo:verdict on wh-optics"):
        yield Case(code, "reversal", reversal(entry))
    yield Case(code, "attestation", attestation(f"@{code}:licence park", "attested"), signatory)
    yield Case(code, "attestation", attestation(f"@{other}:licence park", "attested"))
    yield Case(code, "attestation", attestation("@hb-ipo:baseline of wh-optics", "attested"))
    for verdict in ("verified", "rejected", "contested"):
        yield Case(code, "attestation", attestation(f"@{code}:licence park", verdict))
    yield Case(code, "closing", closing(code, "submit", LATER), signatory)
    yield Case(code, "closing", closing(other, "submit", LATER))
    yield Case(code, "closing", closing(code, "accept", SUBMITTED))
    yield Case(code, "closing", closing(code, "return", SUBMITTED, note="-"))
    yield Case(code, "closing", closing(code, "reopen", ACCEPTED, note="-"))
    yield Case(code, "centre", centre("new-centre", "centre", REGION[code][:6]))
    yield Case(code, "participation", started("jiangsu-2024-centre", code))


# What offices decide on, by whom it may be decided: the centre or division, and the callers of hb-ipo, wh-ipo and js-ipo.
REACH: Final[Mapping[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]]] = {
    "wh-optics": (("province",), ("city",), ()),
    "wh-park": (("province",), ("city",), ()),
    "yc-chem": (("province", "narrowed"), (), ()),
    "nj-soft": ((), (), ("abroad",)),
    "420100": (("province",), ("city",), ()),
    "420500": (("province", "narrowed"), (), ()),
    "320100": ((), (), ("abroad",)),
    "420000": (("province",), (), ()),
    "320000": ((), (), ("abroad",)),
}
# Centres that an office could register: code, kind and region, and again who of each office may.
REGISTERED: Final[tuple[tuple[str, str, str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]], ...]] = (
    ("new", "centre", "420106", (("province",), ("city",), ())),
    ("new", "park", "420100-east-lake", (("province",), ("city",), ())),
    ("new", "centre", "420500", (("province", "narrowed"), (), ())),
    ("new", "city_office", "420500", (("province", "narrowed"), (), ())),
    ("new", "centre", "320500", ((), (), ("abroad",))),
    ("new", "province_office", "320000", ((), (), ("abroad",))),
    ("new", "centre", "420000", (("province",), (), ())),
    # Moving one that lies elsewhere takes a right over both places.
    ("wh-optics", "centre", "420500", (("province",), (), ())),
    ("yc-chem", "centre", "420106", (("province",), (), ())),
    ("nj-soft", "centre", "420500", ((), (), ())),
    ("yc-chem", "centre", "320500", ((), (), ())),
    ("hb-ipo", "province_office", "420000", (("province",), (), ())),
    ("hb-ipo", "province_office", "420500", (("province",), (), ())),
    ("wh-ipo", "city_office", "420100", (("province",), ("city",), ())),
)
PROGRAMME_OF: Final = {"420000": "hubei-2022", "320000": "hubei-2022"}
# Of the office's own entries, a token for a part takes back what it decided on that part.
OWN: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "hb-ipo": {
        "@hb-ipo:party unused": ("province", "narrowed"),
        "@hb-ipo:patent_status": ("province", "narrowed"),
        "@hb-ipo:verdict on yc-chem": ("province", "narrowed"),
        "@hb-ipo:verdict on wh-optics": ("province",),
        "@hb-ipo:baseline of yc-chem": ("province", "narrowed"),
        "@hb-ipo:baseline of wh-optics": ("province",),
        "@hb-ipo:participation 420000": ("province",),
        "@hb-ipo:participation of the park": ("province",),
        "@hb-ipo:centre nobody": ("province",),
    },
    "wh-ipo": {"@wh-ipo:party": ("city",), "@wh-ipo:verdict on wh-optics": ("city",)},
    "js-ipo": {"@js-ipo:party": ("abroad",), "@js-ipo:baseline of nj-soft": ("abroad",)},
}
SPEAKING: Final = {"hb-ipo": ("province", "narrowed"), "wh-ipo": ("city",), "js-ipo": ("abroad",)}


def in_an_office(office: str) -> Iterator[Case]:
    place = ("hb-ipo", "wh-ipo", "js-ipo").index(office)
    everyone = SPEAKING[office]
    # Master data is one for the whole ledger, whoever of the offices writes it.
    yield Case(office, "party", party("ORG:new", region="110000"), everyone)
    yield Case(office, "patent", patent(patent_of("nj-soft", 5), "更正", granted_on="2022-06-10"), everyone)
    lapsed = {"patent_id": patent_of("yc-chem", 5), "code": "CF01", "effective_on": "2026-01-01"}
    yield Case(office, "patent_status", lapsed, everyone)
    for code, kind, region, may in REGISTERED:
        yield Case(office, "centre", centre(code, kind, region), may[place])
    for subject, may in REACH.items():
        kind = "hubei-2024-city" if subject.isdigit() else "jiangsu-2024-centre"
        yield Case(office, "participation", started(PROGRAMME_OF.get(subject, kind), subject), may[place])
        yield Case(office, "baseline", baseline(subject), may[place])
    for code in CENTRES:
        may = REACH[code]
        for verdict in ("verified", "rejected", "contested"):
            yield Case(office, "attestation", attestation(f"@{code}:licence park", verdict), may[place])
        yield Case(office, "attestation", attestation(f"@{code}:licence park", "attested"))
        yield Case(office, "closing", closing(code, "accept", SUBMITTED), may[place])
        yield Case(office, "closing", closing(code, "return", SUBMITTED, note="-"), may[place])
        yield Case(office, "closing", closing(code, "reopen", ACCEPTED, note="-"), may[place])
        yield Case(office, "closing", closing(code, "submit", LATER))
        # Of what centres record, offices take back the master data of all, and nothing else.
        yield Case(office, "reversal", reversal(f"@{code}:party unused"), everyone)
        yield Case(office, "reversal", reversal(f"@{code}:patent 6"), everyone)
        yield Case(office, "reversal", reversal(f"@{code}:patent_status"), everyone)
        yield Case(office, "reversal", reversal(f"@{code}:statement unused"), everyone)
        for what in ("activity", "licence undated", "baseline", "attestation", "payment"):
            yield Case(office, "reversal", reversal(f"@{code}:{what}"))
    for subject in ("420100", "420500"):
        accepted = {"programme": "hubei-2024-city", "subject": subject, "through": "2025-01-01", "action": "accept"}
        yield Case(office, "closing", accepted, REACH[subject][place])
    # Nobody rules on what the own office has said; a higher office may on what a lower one has.
    for author, centre_, ruled_by in (
        ("hb-ipo", "wh-optics", ((), (), ())),
        ("wh-ipo", "wh-optics", (("province",), (), ())),
        ("js-ipo", "nj-soft", ((), (), ())),
    ):
        yield Case(office, "attestation", attestation(f"@{author}:baseline of {centre_}", "verified"), ruled_by[place])
    for author, entries in OWN.items():
        for entry, may_ in entries.items():
            yield Case(office, "reversal", reversal(entry), may_ if author == office else ())
    # The rest of what recorders write is theirs alone.
    for kind, body in of_recorders("wh-optics"):
        if kind not in ("party", "patent", "patent_status", "baseline", "reversal"):
            yield Case(office, kind, body)


def cases() -> list[Case]:
    found = [case for code in CENTRES for case in in_a_centre(code)]
    return found + [case for office in SPEAKING for case in in_an_office(office)]


# --- bodies that are not in order ------------------------------------------------------------------------------------

# Which role writes which kind at all: with a body that says nothing, it is told what is missing (422), and all others 403.
_MASTER: Final = ("party", "patent", "patent_status", "baseline", "reversal")
BY_ROLE: Final[Mapping[str, tuple[str, ...]]] = {
    "recorder": (
        *_MASTER, "pool", "admission", "withdrawal", "transfer", "licence", "open_licence", "equity", "open_licence_statement",
        "registration", "amendment", "termination", "payment", "pledge", "activity", "output",
    ),
    "signatory": ("attestation", "closing"),
    "authority": (*_MASTER, "centre", "participation", "attestation", "closing"),
    "reader": (),
    "auditor": (),
}  # fmt: skip
KINDS: Final = (*BY_ROLE["recorder"], "centre", "participation", "attestation", "closing")
