"""Contracts as a centre records them: the deal, the recordal that may follow it, the money that comes in.

`Contracts` numbers the deals of one centre and knows the delays; which deals there are is the business of the chapters.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from hashlib import sha256
from itertools import count
from random import Random
from typing import Any

from examples.invented.cast import Party
from examples.invented.days import LAST_DAY, iso, later, working_day, written_down
from examples.invented.journal import Body, Desk, Said
from examples.invented.numbers import WAN, licence_recordal, technology_contract, yuan
from examples.invented.patents import Patent

KNOWN, FOLLOWS, PENDING = "known", "follows", "pending"  # when the recordal reaches the ledger
RECORDED_AS_LICENCE = ("licence", "open_licence")  # these get a recordal number; a transfer is announced instead


@dataclass(frozen=True)
class Deal:
    said: Said
    deal_no: str
    amount: int | None  # fen
    signed_on: date
    registered_on: date | None
    registration: Said | None = None  # the entry that brought the recordal, where the contract came without one


@dataclass
class Contracts:
    desk: Desk
    dice: Random
    prefix: str
    region: str
    first_serial: int  # of recordal and contract numbers: no two centres share one
    deals: list[Deal] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._serial = count(self.first_serial)
        self._numbers = count(1)

    def next_number(self, signed_on: date) -> str:
        return f"{self.prefix}-{signed_on.year}-{next(self._numbers):03}"

    def sign(
        self,
        kind: str,
        grantors: Sequence[Party],
        grantees: Sequence[Party],
        patents: Sequence[Patent],
        signed_on: date,
        *,
        amount: int | None,
        mode: str = "lump",
        recordal: str = KNOWN,
        lines: list[Body] | None = None,
        related: bool = False,
        months_late: int = 0,
        registered_on: date | None = None,
        **terms: Any,
    ) -> Deal:
        """One contract. `recordal` says whether the deal entry carries it, a registration brings it later, or nobody has it yet."""
        signed_on = working_day(signed_on)
        registered_on = registered_on or later(self.dice, signed_on, 12, 42)
        if recordal == PENDING or registered_on > LAST_DAY:
            recordal, registered_on = PENDING, None
        body: Body = {
            "deal_no": self.next_number(signed_on),
            "grantors": [party.party_id for party in grantors],
            "grantees": [party.party_id for party in grantees],
            "lines": lines or [{"patent_id": patent.patent_id} for patent in patents],
            "related_party": related,
            "role": "served",
            "payment_mode": mode,
            "amount": None if amount is None else yuan(amount),
            "signed_on": iso(signed_on),
            **self._paperwork(kind, signed_on),
            **terms,
        }
        evidence = (contract_scan(self.prefix, body["deal_no"]),) if self.dice.random() < 0.4 else ()
        if recordal == KNOWN and registered_on is not None:
            body |= self._recordal(kind, registered_on)
            day = written_down(self.dice, registered_on + timedelta(days=30 * months_late), 2, 25)
        else:
            day = written_down(self.dice, signed_on, 2, 12)
        said = self.desk.say(day, kind, body, patents=patents, evidence=evidence)
        deal = Deal(said, body["deal_no"], amount, signed_on, registered_on)
        if recordal == FOLLOWS and registered_on is not None:
            arrival = {"deal_no": deal.deal_no, **self._recordal(kind, registered_on)}
            entry = self.desk.say(written_down(self.dice, registered_on, 1, 15), "registration", arrival, after=said)
            deal = Deal(said, deal.deal_no, amount, signed_on, registered_on, entry)
        self.deals.append(deal)
        return deal

    def _paperwork(self, kind: str, signed_on: date) -> Body:
        body: Body = {}
        if self.dice.random() < 0.35:
            body["tech_contract_no"] = technology_contract(signed_on, self.region, next(self._serial))
        if kind != "open_licence" and self.dice.random() < 0.15:
            body["matched_via"] = "inventory_system"
        if self.dice.random() < 0.2:
            body["effective_on"] = iso(signed_on)
        return body

    def _recordal(self, kind: str, registered_on: date) -> Body:
        body: Body = {"registered_on": iso(registered_on)}
        if kind in RECORDED_AS_LICENCE:
            body["registration_no"] = licence_recordal(registered_on, next(self._serial))
        if kind == "transfer" or self.dice.random() < 0.3:
            body["announced_on"] = iso(later(self.dice, registered_on, 5, 15))
        return body

    # --- money that comes in --------------------------------------------------------------------------------------------

    def receive(self, deal: Deal, received_on: date, amount: int, payment_type: str) -> Said | None:
        """None where the money comes in after the sample's last day."""
        received_on = working_day(received_on)
        if received_on > LAST_DAY:
            return None
        body = {"deal_no": deal.deal_no, "received_on": iso(received_on), "amount": yuan(amount), "payment_type": payment_type}
        return self.desk.say(written_down(self.dice, received_on, 1, 20), "payment", body, after=deal.said)

    def receive_by_plan(self, deal: Deal, mode: str, annual_fee: int = 0) -> None:
        """What the payment mode promises, as far as it has come in; of the lump sums some are not yet reported."""
        start, amount = deal.signed_on, deal.amount or 0
        if mode == "lump" and amount and self.dice.random() < 0.5:
            self.receive(deal, start + timedelta(days=self.dice.randint(10, 70)), amount, "upfront")
        elif mode == "instalment":
            first = amount * 4 // 10
            second = amount * 3 // 10
            self.receive(deal, start + timedelta(days=15), first, "upfront")
            self.receive(deal, start + timedelta(days=195), second, "instalment")
            self.receive(deal, start + timedelta(days=380), amount - first - second, "instalment")
        elif mode == "annual":
            for year in range(3):
                self.receive(deal, start + timedelta(days=20 + 365 * year), annual_fee, "instalment")
        elif mode in ("royalty", "mixed"):
            if amount:
                self.receive(deal, start + timedelta(days=20), amount, "upfront")
            for half_year in (1, 2):
                self.receive(deal, start + timedelta(days=190 * half_year), self.dice.randint(800_000, 9_000_000), "royalty")
        elif mode == "deferred" and amount:
            self.receive(deal, start + timedelta(days=365), amount // 2, "instalment")


def contract_scan(prefix: str, number: str) -> Body:
    """The digest of a file that stays with the centre."""
    return {
        "sha256": sha256(f"{prefix}/{number}".encode()).hexdigest(),
        "title": f"合同扫描件 {number}",
        "media_type": "application/pdf",
    }


def price(dice: Random, least: float, usual: float, most: float, patents: int = 1) -> int:
    """A contract price in fen, in steps of half a 万元."""
    return sum(round(dice.triangular(least, most, usual) * 2) * WAN // 2 for _ in range(patents))
