"""A ledger of two provinces, in which everything that may be read has been said, each entry under a name.

- Hubei has a province office, a city office in Wuhan (420100), a centre and a park in that city, and a centre in Yichang (420500).
  Jiangsu has an office and one centre. Each centre and the park say the same things, in their own words.
- Names are `STREAM:what`, for instance `wh-optics:licence`. In a body `@NAME` stands for the index of the entry of that name.
- What only those who may read an entry should ever see carries a mark: `secret-of-wh-optics` where a centre says it,
  `word-of-hb-ipo-on-wh-optics` where an office says it of a centre. Master data is for every writer to see and carries none, but
  the papers beside it do: `papers-of-wh-optics`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ledger.actions import offices
from ledger.actions.ledger import Ledger
from ledger.actions.record import submit
from ledger.facts.actors import Actor, Role
from ledger.facts.identifiers import patent_check_digit
from schemas.entries import load_batch

UNIVERSITY, METRO, PARK_FIRM, BANK = "ORG:university", "ORG:metro", "ORG:park-firm", "ORG:bank"
KEY = "the-key-of-wh-optics"

CENTRES = ("wh-optics", "wh-park", "yc-chem", "nj-soft")
OFFICES = ("hb-ipo", "wh-ipo", "js-ipo")
REGION = {"wh-optics": "420111", "wh-park": "420111-optics", "yc-chem": "420500", "nj-soft": "320100"}
PROVINCE_OF = {"wh-optics": "hb-ipo", "wh-park": "hb-ipo", "yc-chem": "hb-ipo", "nj-soft": "js-ipo"}


class Said(NamedTuple):
    """One entry to be; `paper` is the title of the evidence beside it."""

    name: str
    kind: str
    body: Mapping[str, Any]
    paper: str | None = None


def secret_of(stream: str) -> str:
    return f"secret-of-{stream}"


def papers_of(stream: str) -> str:
    return f"papers-of-{stream}"


def word_of(office: str, on: str) -> str:
    return f"word-of-{office}-on-{on}"


def firm_of(centre: str) -> str:
    return f"ORG:firm-{centre}"


def patent_id(number: int) -> str:
    stem = f"20201{number:07}"
    return f"CN{stem}.{patent_check_digit(stem)}"


def patent_of(centre: str, number: int) -> str:
    """The patents of a centre are numbered; 1 and 2 are in its pool, 3 is under its statement, 9 is claimed twice in Hubei."""
    return patent_id(1000 * (CENTRES.index(centre) + 1) + number)


def patent(number: str, title: str, **more: Any) -> dict[str, Any]:
    return {"patent_id": number, "right": "invention", "title": title, "filed_on": "2020-03-02", "granted_on": "2022-05-10"} | more


def deal(centre: str, deal_no: str, patents: Sequence[str], **more: Any) -> dict[str, Any]:
    told = {
        "deal_no": deal_no, "grantors": [UNIVERSITY], "grantees": [firm_of(centre)], "lines": [{"patent_id": p} for p in patents],
        "related_party": False, "role": "served", "payment_mode": "lump", "amount": "300000.00", "signed_on": "2025-09-03",
        "royalty_text": secret_of(centre),
    }  # fmt: skip
    return told | more


def licence(centre: str, deal_no: str, patents: Sequence[str], **more: Any) -> dict[str, Any]:
    return deal(centre, deal_no, patents, licence_type="non_exclusive", term_months=24) | more


def centre(code: str, kind: str, region: str, **more: Any) -> dict[str, Any]:
    return {"code": code, "name": f"机构 {code}", "centre_kind": kind, "region": region, "valid_from": "2022-01-01"} | more


def started(programme: str, subject: str, **more: Any) -> dict[str, Any]:
    told = {"programme": programme, "subject": subject, "state": "started", "on": "2025-08-01", "start_on": "2025-08-01"}
    return told | {"months": 24, "industry": "photonics"} | more


def baseline(subject: str, source: str) -> dict[str, Any]:
    window = {"from": "2023-08-01", "to": "2025-08-01"}
    return {"metric": "hei_sme_amount", "subject": subject, **window, "value": "10.00", "source": source}


def closing(subject: str, action: str, through: str, **more: Any) -> dict[str, Any]:
    return {"programme": "hubei-2025", "subject": subject, "through": through, "action": action} | more


def party(party_id: str, kind: str = "enterprise", region: str = "420100", **more: Any) -> dict[str, Any]:
    told = {"party_id": party_id, "name": f"单位 {party_id}", "party_kind": kind, "valid_from": "2020-01-01", "region": region}
    return told | more


SMALL: Mapping[str, Any] = {"size": "small", "size_basis": "declared", "chains": ["photonics"]}
# Days through which periods are closed. What the centres say is dated later, but for the licence that two of them claim.
ACCEPTED, SUBMITTED = "2025-08-05", "2025-08-10"
RECORDAL = "X2025420000009"  # of a licence that two centres claim


def of_the_other_province() -> Iterator[Said]:
    yield Said("js-ipo:centre nj-soft", "centre", centre("nj-soft", "centre", "320100"))
    yield Said("js-ipo:participation nj-soft", "participation", started("hubei-2025", "nj-soft"))
    yield Said("js-ipo:party", "party", party("ORG:js-known", region="320000"))


def of_the_province() -> Iterator[Said]:
    yield Said("hb-ipo:centre wh-ipo", "centre", centre("wh-ipo", "city_office", "420100"))
    yield Said("hb-ipo:centre wh-optics", "centre", centre("wh-optics", "centre", "420111"))
    yield Said("hb-ipo:centre wh-park", "centre", centre("wh-park", "park", "420111-optics"))
    yield Said("hb-ipo:centre nobody", "centre", centre("wh-nobody", "centre", "420106"))
    # A centre lies where it will before it opens (RULINGS 32), and so do its entries.
    yield Said("hb-ipo:centre wh-later", "centre", centre("wh-later", "centre", "420106", valid_from="2999-01-01"))
    yield Said("hb-ipo:centre yc-chem", "centre", centre("yc-chem", "centre", "420500"))
    yield Said("hb-ipo:party university", "party", party(UNIVERSITY, "university"), papers_of("hb-ipo"))
    yield Said("hb-ipo:party metro", "party", party(METRO), papers_of("hb-ipo"))
    yield Said("hb-ipo:party park-firm", "party", party(PARK_FIRM, region="420111-optics"))
    yield Said("hb-ipo:party bank", "party", party(BANK, "financial_institution"))
    yield Said("hb-ipo:party unused", "party", party("ORG:unused-hb-ipo"))
    for subject in ("wh-optics", "wh-park", "yc-chem"):
        yield Said(f"hb-ipo:participation {subject}", "participation", started("hubei-2025", subject))
    yield Said("hb-ipo:participation 420100", "participation", started("hubei-2024-city", "420100"))
    yield Said("hb-ipo:participation 420500", "participation", started("hubei-2024-city", "420500"))
    yield Said("hb-ipo:participation 420000", "participation", started("hubei-2022", "420000"))
    park = started("jiangsu-2024-park", "wh-park", on="2025-01-01", start_on="2025-01-01")
    yield Said("hb-ipo:participation of the park", "participation", park)


def of_a_centre(code: str) -> Iterator[Said]:
    """Of each kind that a recorder may write, at least one."""
    secret, papers = secret_of(code), papers_of(code)
    one, two, three, four = (patent_of(code, number) for number in (1, 2, 3, 4))

    def said(what: str, kind: str, body: Mapping[str, Any], paper: str | None = None) -> Said:
        return Said(f"{code}:{what}", kind, body, paper)

    yield said("party", "party", party(firm_of(code), region=REGION[code][:6], **SMALL))
    yield said("party unused", "party", party(f"ORG:unused-{code}"), papers)
    yield said("party reversed", "party", party(f"ORG:gone-{code}"))
    for number in (1, 2, 3, 4, 5, 6, 9):
        yield said(f"patent {number}", "patent", patent(patent_of(code, number), f"方法 {number}"), papers)
    yield said("patent_status", "patent_status", {"patent_id": one, "code": "IP01", "effective_on": "2024-01-01"}, papers)
    opening = {"pool_id": f"Q-{code}", "name": secret, "industry": "photonics", "operator": UNIVERSITY, "action": "open"}
    yield said("pool", "pool", opening | {"on": "2025-09-01"})
    entering = {"pool_id": f"Q-{code}", "patents": [one, two, three], "on": "2025-09-02", "agreement_no": secret}
    yield said("admission", "admission", entering, secret)
    leaving = {"pool_id": f"Q-{code}", "patents": [three], "on": "2025-10-02", "reason": secret}
    yield said("withdrawal", "withdrawal", leaving)
    published = {"patents": [three], "action": "publish", "on": "2025-09-02", "fee_text": secret}
    yield said("statement", "open_licence_statement", published | {"statement_ref": "S-1"})
    yield said("statement unused", "open_licence_statement", published | {"statement_ref": "S-2"})
    yield said("licence", "licence", licence(code, "L-1", [one, two], registered_on="2025-09-10"), secret)
    yield said("licence undated", "licence", licence(code, "L-2", [three]))
    yield said("licence 2024", "licence", licence(code, "L-24", [two], signed_on="2024-06-01", registered_on="2024-06-10"))
    yield said("licence park", "licence", licence(code, "L-P", [two], grantees=[PARK_FIRM], registered_on="2025-09-12"))
    yield said("transfer", "transfer", deal(code, "T-1", [four], cause="judicial"))
    yield said("equity", "equity", deal(code, "E-1", [four], investee=firm_of(code), title_transferred=False))
    yield said("open_licence", "open_licence", deal(code, "O-1", [three], statement_ref="S-1", term_months=12))
    yield said("registration", "registration", {"deal_no": "T-1", "registered_on": "2025-09-20", "registration_no": secret})
    change = {"deal_no": "T-1", "on": "2025-10-01", "reason": "agreed", "amount_change": "10000.00"}
    yield said("amendment", "amendment", change)
    yield said("termination", "termination", {"deal_no": "E-1", "on": "2025-10-03", "reason": "mutual"})
    paid = {"deal_no": "L-1", "received_on": "2025-10-05", "amount": "100000.00", "payment_type": "upfront"}
    yield said("payment", "payment", paid)
    loan = {
        "loan_ref": f"D-1-{secret}", "action": "new", "registered_on": "2025-10-01", "borrower": firm_of(code),
        "pledgors": [firm_of(code)], "pledgee": BANK, "rights": [{"right_kind": "patent", "right_id": four}],
        "loan_amount": "5000000.00",
    }  # fmt: skip
    yield said("pledge", "pledge", loan)
    yield said("pledge park", "pledge", loan | {"loan_ref": f"D-2-{secret}", "borrower": PARK_FIRM})
    event = {"activity_type": "matchmaking", "title": secret, "held_on": "2025-10-06"}
    yield said("activity", "activity", event)
    yield said("activity reversed", "activity", event)
    report = {"output_type": "navigation_report", "ref_no": "N-1", "title": secret, "on": "2025-10-20", "status": "published"}
    yield said("output", "output", report)
    yield said("baseline", "baseline", baseline(code, secret))
    yield said("reversal", "reversal", {"entry": f"@{code}:activity reversed", "reason": "data_error", "note": secret})


def of_a_signatory(code: str, through: str, *more: Said) -> Iterator[Said]:
    yield from more
    yield Said(f"{code}:closing through {through}", "closing", closing(code, "submit", through, note=secret_of(code)))


def attested(code: str) -> Said:
    body = {"entry": f"@{code}:licence", "verdict": "attested", "note": secret_of(code)}
    return Said(f"{code}:attestation", "attestation", body)


def on_a_centre(office: str, code: str) -> Iterator[Said]:
    """What an office decides on a centre, whose business it is too."""
    word = word_of(office, code)
    verdict = {"entry": f"@{code}:licence", "verdict": "verified", "note": word}
    yield Said(f"{office}:verdict on {code}", "attestation", verdict, word)
    yield Said(f"{office}:baseline of {code}", "baseline", baseline(code, word))
    taken_back = {"entry": f"@{code}:party reversed", "reason": "void", "note": word}
    yield Said(f"{office}:reversal at {code}", "reversal", taken_back)
    yield Said(f"{office}:closing of {code}", "closing", closing(code, "accept", ACCEPTED, note=word))


def play(ledger: Ledger) -> dict[str, int]:
    """Say it all; the index of each entry by its name."""
    at: dict[str, int] = {}

    def say(role: Role, stream: str, said: Iterable[Said], key: str | None = None) -> None:
        # By their names, the entries of one batch may speak of those before them.
        said = list(said)
        names = {one.name: len(at) + place for place, one in enumerate(said)}
        items = load_batch({"entries": [entry_of(stream, one, at | names) for one in said]})
        submit(ledger, Actor(role, f"{role}@{stream}", stream), items, batch=True, key=key)
        at.update(names)

    def found(office: str, region: str) -> None:
        at[f"{office}:centre {office}"] = offices.found(
            ledger, code=office, name=f"机构 {office}", centre_kind="province_office", region=region
        )

    found("hb-ipo", "420000")
    say("authority", "hb-ipo", of_the_province())
    say("recorder", "wh-optics", of_a_centre("wh-optics"))
    found("js-ipo", "320000")  # until here all that was said lies in one province
    say("authority", "js-ipo", of_the_other_province())
    for code in ("wh-park", "yc-chem", "nj-soft"):
        say("recorder", code, of_a_centre(code))
    say("recorder", "wh-optics", claims("wh-optics", "L-9"), key=KEY)
    say("recorder", "yc-chem", claims("yc-chem", "X-9"))
    for code in CENTRES:
        say("signatory", code, of_a_signatory(code, ACCEPTED, attested(code)))
        say("authority", PROVINCE_OF[code], on_a_centre(PROVINCE_OF[code], code))
        say("signatory", code, of_a_signatory(code, SUBMITTED))
    say("recorder", "wh-later", [Said("wh-later:party", "party", party("ORG:unused-wh-later"), papers_of("wh-later"))])
    say("authority", "hb-ipo", in_the_end())
    say("authority", "wh-ipo", of_the_city())
    return at


def claims(code: str, deal_no: str) -> Iterator[Said]:
    """Of two centres that know the same patent and claim the same licence, the first holds the claim until an office rules."""
    contested = patent_of("wh-optics", 9)
    recorded = {"signed_on": "2025-08-01", "registered_on": "2025-08-04", "registration_no": RECORDAL}
    yield Said(f"{code}:patent of both", "patent", patent(contested, "方法 9"), papers_of(code))
    yield Said(f"{code}:licence claimed", "licence", licence(code, deal_no, [contested], **recorded))
    yield Said(f"{code}:party metro", "party", party(METRO, valid_from="2021-01-01", **SMALL), papers_of(code))


def in_the_end() -> Iterator[Said]:
    """The claim goes to the later one, and the office says a word of master data."""
    word = word_of("hb-ipo", "yc-chem")
    verdict = {"entry": "@yc-chem:licence claimed", "verdict": "verified", "note": word}
    yield Said("hb-ipo:verdict on the claim", "attestation", verdict)
    event = {"patent_id": patent_of("wh-optics", 9), "code": "other", "effective_on": "2024-02-01"}
    yield Said("hb-ipo:patent_status", "patent_status", event, papers_of("hb-ipo"))


def of_the_city() -> Iterator[Said]:
    word = word_of("wh-ipo", "wh-optics")
    yield Said("wh-ipo:baseline of wh-optics", "baseline", baseline("wh-optics", word))
    verdict = {"entry": "@wh-optics:transfer", "verdict": "verified", "note": word}
    yield Said("wh-ipo:verdict on wh-optics", "attestation", verdict, word)
    yield Said("wh-ipo:party", "party", party("ORG:unused-wh-ipo"), papers_of("wh-ipo"))


def entry_of(stream: str, said: Said, at: Mapping[str, int]) -> dict[str, Any]:
    """The request; in its body the indices stand for the names."""
    told: dict[str, Any] = {"kind": said.kind, "centre": stream, "body": with_indices(said.body, at)}
    if said.paper is not None:
        told["evidence"] = [{"sha256": "0" * 64, "title": said.paper}]
    return told


def with_indices(body: Mapping[str, Any], at: Mapping[str, int]) -> dict[str, Any]:
    named = {field: at[value[1:]] for field, value in body.items() if isinstance(value, str) and value.startswith("@")}
    return dict(body) | named
