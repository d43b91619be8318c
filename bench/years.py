"""Two invented years of several centres, as large as asked, for measuring: seeded, said in the words of the wire.

- The same rows and seed give the same entries, to the byte. Whether they are allowed is for the ledger to say: they are recorded
  by the road of every entry (`record_all`), one batch after another.
- A centre has about a thousand deals of one to five patents and, beside them, a pool, activities, outputs and loans, so that no
  target of its scorecard is nought; some deals are registered later, changed, paid, verified, reversed, or never registered.
- `licence` makes the entry that appends are measured with: three patents, registered, of a centre that the figures leave alone.

Numbers have their real forms, from `examples.invented.numbers`; names, firms and contracts are nobody's.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from examples.invented.numbers import application_number, credit_code, licence_recordal, pledge_registration, yuan
from ledger.actions import offices
from ledger.actions.ledger import Ledger
from ledger.actions.record import submit
from ledger.facts.actors import Actor, Role
from schemas.entries import load_batch

SEED = 20250801
OFFICE, APPENDING = "hb-ipo", "by-itself"
BEGINS, ENDS = date(2025, 8, 1), date(2027, 8, 1)  # the period of the programme that all centres take part in
PROVINCE, PROVINCE_PROGRAMME = "420000", "hubei-2022"  # takes part as a whole, so that there is an export of all streams
CHAINS = ("photonics", "laser", "display")
LINES_PER_CENTRE = 3_000
PATENTS_PER_LINE = 0.6  # so most patents are dealt in once or twice
POOLED = 500
BATCH = 1_000
FRESH_PATENTS = 2_000  # for the licences that appends are measured with

UNIVERSITIES = [credit_code("12", "420100", 10_000 + n) for n in range(12)]
FIRMS = [credit_code("91", "420100", 20_000 + n) for n in range(240)]
BANK = credit_code("91", "420100", 30_000)
SIZES = ("small", "small", "small", "micro", "micro", "medium", "large", None)

Entry = dict[str, Any]


@dataclass(frozen=True)
class Batch:
    """What one speaker says at once, to be recorded from `first` on."""

    role: Role
    centre: str
    first: int
    entries: list[Entry]


@dataclass(frozen=True)
class Recorded:
    """How much a ledger was given. Behind `contracts` entries all deals are known, and nothing of what followed them."""

    entries: int
    lines: int
    contracts: int


def centres_of(rows: int) -> list[str]:
    return [f"centre-{n:02}" for n in range(1, max(2, round(rows / LINES_PER_CENTRE)) + 1)]


def operator_of(place: int) -> str:
    return credit_code("91", "420100", 40_000 + place)


def chain_of(place: int) -> str:
    return CHAINS[place % len(CHAINS)]


def patent_id(serial: int) -> str:
    years_back, number = divmod(serial, 10_000_000)  # a year has seven digits of them
    return application_number(date(2019 - years_back, 3, 1), "invention", number)


# --- the years -------------------------------------------------------------------------------------------------------


def years(rows: int, seed: int = SEED) -> Iterator[Batch]:
    """Everything that a ledger of about so many deal lines is told, behind the founding of its office (entry 0)."""
    return _Teller(seed).tell(rows)


class _Teller:
    """Counts the entries as it makes them: verdicts and reversals name others by their place in the log."""

    def __init__(self, seed: int) -> None:
        self.dice = Random(seed)
        self.next = 1
        self.serial = 0

    def tell(self, rows: int) -> Iterator[Batch]:
        centres = centres_of(rows)
        lines = rows // len(centres)
        yield from self.said("authority", OFFICE, _masters(centres))
        yield from self.said("recorder", APPENDING, [patent(APPENDING, fresh_patent(n)) for n in range(FRESH_PATENTS)])
        deals: dict[str, tuple[int, list[Entry]]] = {}
        for place, centre in enumerate(centres):
            patents = [patent_id(place * 100_000 + n) for n in range(int(lines * PATENTS_PER_LINE) + POOLED)]
            yield from self.said("recorder", centre, [patent(centre, id_) for id_ in patents])
            yield from self.said("recorder", centre, _beside_deals(centre, place, patents))
            deals[centre] = self.next, self.deals(centre, patents, lines)
            yield from self.said("recorder", centre, deals[centre][1])
        # What follows comes last, so that the size of the log before it is one at which all deals were known, and known otherwise.
        for centre, (_, made) in deals.items():
            yield from self.said("recorder", centre, self.followers(centre, made))
        for centre, (first, made) in deals.items():
            yield from self.rulings(centre, range(first, first + len(made)))

    def rulings(self, centre: str, numbers: range) -> Iterator[Batch]:
        """One deal in a hundred is taken back, and one in ten found true by the office."""
        gone = self.dice.sample(numbers, len(numbers) // 100)
        yield from self.said("recorder", centre, [_entry("reversal", centre, entry=n, reason="data_error") for n in gone])
        verified = sorted(set(self.dice.sample(numbers, len(numbers) // 10)) - set(gone))
        verdicts = [_entry("attestation", OFFICE, entry=n, verdict="verified") for n in verified]
        yield from self.said("authority", OFFICE, verdicts)

    def said(self, role: Role, centre: str, entries: list[Entry]) -> Iterator[Batch]:
        for start in range(0, len(entries), BATCH):
            part = entries[start : start + BATCH]
            yield Batch(role, centre, self.next, part)
            self.next += len(part)

    def deals(self, centre: str, patents: list[str], lines: int) -> list[Entry]:
        made: list[Entry] = []
        left = lines
        while left > 0:
            taken = self.dice.sample(patents, min(left, self.dice.choice((1, 2, 3, 4, 5))))
            left -= len(taken)
            made.append(self.deal(centre, f"{centre}-{len(made) + 1}", taken))
        return made

    def deal(self, centre: str, deal_no: str, patents: list[str]) -> Entry:
        kind = self.dice.choices(("licence", "transfer", "equity"), (80, 15, 5))[0]
        signed_on = BEGINS + timedelta(self.dice.randrange(600))
        firm = self.dice.choice(FIRMS)
        amount = None if self.dice.random() < 0.02 else self.dice.randrange(5, 200) * 10_000_00
        body: dict[str, Any] = {
            "deal_no": deal_no, "grantors": [self.dice.choice(UNIVERSITIES)], "grantees": [firm],
            "lines": [{"patent_id": id_} for id_ in patents], "related_party": self.dice.random() < 0.03, "role": "served",
            "payment_mode": "lump", "amount": amount and yuan(amount), "signed_on": signed_on.isoformat(),
        }  # fmt: skip
        if kind == "licence":
            body |= {"licence_type": "non_exclusive", "term_months": self.dice.choice((12, 24, 36))}
        elif kind == "transfer":
            body |= {"cause": "assignment"}
        else:
            body |= {"investee": firm, "title_transferred": False}
        if self.dice.random() < 0.8:
            body |= self.recordal(signed_on)
        return _entry(kind, centre, **body)

    def recordal(self, signed_on: date) -> dict[str, str]:
        self.serial += 1
        on = signed_on + timedelta(self.dice.randrange(5, 60))
        return {"registered_on": on.isoformat(), "registration_no": licence_recordal(on, self.serial)}

    def followers(self, centre: str, deals: list[Entry]) -> list[Entry]:
        """What comes after the contracts: late recordals, changed sums, money received."""
        made = []
        for deal in deals:
            body = deal["body"]
            signed_on = date.fromisoformat(body["signed_on"])
            later = (signed_on + timedelta(self.dice.randrange(70, 120))).isoformat()
            if "registered_on" not in body and self.dice.random() < 0.7:
                made.append(_entry("registration", centre, deal_no=body["deal_no"], **self.recordal(signed_on)))
            if body["amount"] and self.dice.random() < 0.05:
                change = self.dice.choice(("50000.00", "-20000.00"))
                made.append(
                    _entry("amendment", centre, deal_no=body["deal_no"], on=later, amount_change=change, reason="agreed")
                )  # fmt: skip
            if body["amount"] and self.dice.random() < 0.1:
                made.append(
                    _entry("payment", centre, deal_no=body["deal_no"], received_on=later, amount="30000.00", payment_type="upfront")
                )
        return made


def _entry(kind: str, centre: str, **body: Any) -> Entry:
    return {"kind": kind, "centre": centre, "body": body}


def _masters(centres: list[str]) -> list[Entry]:
    """Centres, their part in the programme, and the parties."""
    made = []
    for place, code in enumerate([*centres, APPENDING]):
        made.append(_entry("centre", OFFICE, code=code, name=f"运营中心 {code}", centre_kind="centre", region="420100",
                           valid_from="2024-01-01", operator=operator_of(place)))  # fmt: skip
    for place, code in enumerate(centres):
        made.append(_entry("participation", OFFICE, programme="hubei-2025", subject=code, state="started", on=BEGINS.isoformat(),
                           industry=chain_of(place), start_on=BEGINS.isoformat(), months=24))  # fmt: skip
    made.append(_entry("participation", OFFICE, programme=PROVINCE_PROGRAMME, subject=PROVINCE, state="started",
                       on=BEGINS.isoformat(), start_on=BEGINS.isoformat(), months=24))  # fmt: skip
    known = {"valid_from": "2020-01-01", "region": "420100"}
    for id_ in UNIVERSITIES:
        made.append(_entry("party", OFFICE, party_id=id_, name=f"大学 {id_}", party_kind="university", **known))
    for place, id_ in enumerate(FIRMS):
        size = SIZES[place % len(SIZES)]
        told = {"size": size, "size_basis": "declared"} if size else {}
        made.append(_entry("party", OFFICE, party_id=id_, name=f"企业 {id_}", party_kind="enterprise", **told, **known,
                           chains=[CHAINS[place // len(SIZES) % len(CHAINS)]], tags=["hightech"] if place % 3 else []))  # fmt: skip
    made.append(_entry("party", OFFICE, party_id=BANK, name="银行", party_kind="financial_institution", **known))
    return made


def patent(centre: str, id_: str) -> Entry:
    return _entry("patent", centre, patent_id=id_, right="invention", title=f"发明 {id_}", filed_on="2019-03-01",
                  granted_on="2022-05-10")  # fmt: skip


def _beside_deals(centre: str, place: int, patents: list[str]) -> list[Entry]:
    pool_id = f"{centre}-pool"
    day = (BEGINS + timedelta(30)).isoformat()
    made = [
        _entry("pool", centre, pool_id=pool_id, name=f"专利池 {centre}", industry=chain_of(place), operator=operator_of(place),
               action="open", on=BEGINS.isoformat()),
        _entry("admission", centre, pool_id=pool_id, patents=patents[:POOLED], on=day),
        _entry("withdrawal", centre, pool_id=pool_id, patents=patents[:7], on=(BEGINS + timedelta(90)).isoformat()),
        _entry("output", centre, output_type="navigation_report", ref_no="N-1", title="导航报告", on=day, status="published"),
    ]  # fmt: skip
    for n in range(6):
        held_on = (BEGINS + timedelta(40 * n)).isoformat()
        made.append(_entry("activity", centre, activity_type="matchmaking", title=f"对接会 {n}", held_on=held_on, sessions=2))
    for n in range(40):
        made.append(
            _entry("output", centre, output_type="product_filing", ref_no=f"P-{n}", title=f"产品 {n}", on=day, status="approved")
        )
    for n in range(30):
        on = BEGINS + timedelta(10 * n)
        firm = FIRMS[(n * 7 + place) % len(FIRMS)]
        number = pledge_registration(on, place * 100 + n)
        rights = [{"right_kind": "patent", "right_id": patents[-n - 1], "registration_no": number}]
        made.append(_entry("pledge", centre, loan_ref=f"{centre}-L{n}", action="new", registered_on=on.isoformat(), borrower=firm,
                           pledgors=[firm], pledgee=BANK, rights=rights, loan_amount="2000000.00"))  # fmt: skip
    return made


# --- what is appended while the clock runs ---------------------------------------------------------------------------


def fresh_patent(number: int) -> str:
    return patent_id(9_990_000 + number % FRESH_PATENTS)  # beyond what any centre has


def licence(series: str, number: int) -> Entry:
    """The licence of three patents that appends are measured with; no two of a series have anything but parties in common."""
    registered_on = BEGINS + timedelta(number % 500)
    return _entry(
        "licence", APPENDING, deal_no=f"{series}-{number}", grantors=[UNIVERSITIES[number % len(UNIVERSITIES)]],
        grantees=[FIRMS[number % len(FIRMS)]], lines=[{"patent_id": fresh_patent(3 * number + n)} for n in range(3)],
        related_party=False, role="served", payment_mode="lump", amount="300000.00", licence_type="non_exclusive", term_months=24,
        signed_on=registered_on.isoformat(), registered_on=registered_on.isoformat(), registration_no=_number_of(series, number),
    )  # fmt: skip


def _number_of(series: str, number: int) -> str:
    return f"X{sum(map(ord, series)) % 10_000:04}{number:09}"


# --- recording them --------------------------------------------------------------------------------------------------


def found(ledger: Ledger) -> None:
    offices.found(ledger, code=OFFICE, name="湖北省知识产权局", centre_kind="province_office", region="420000")


def record_all(ledger: Ledger, batches: Iterator[Batch]) -> Recorded:
    """Found the office and record what it and its centres say."""
    found(ledger)
    entries, lines, contracts = 1, 0, 1
    for batch in batches:
        assert batch.first == entries, "the ledger holds what the data maker counted"
        record(ledger, batch.role, batch.centre, batch.entries)
        entries += len(batch.entries)
        more = sum(len(one["body"].get("lines", ())) for one in batch.entries)
        lines, contracts = lines + more, entries if more else contracts
    return Recorded(entries, lines, contracts)


def record(ledger: Ledger, role: Role, centre: str, entries: list[Entry]) -> None:
    submit(ledger, Actor(role, f"{role}@{centre}", centre), load_batch({"entries": entries}), batch=True)
