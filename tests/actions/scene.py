"""A small ledger on a real database: one office, two centres, some parties and patents, and a few things said.

Everything goes the way of every entry. Indexes are named where a test speaks of them; `fillers` makes the log longer than a tile.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from ledger.actions import offices
from ledger.actions.ledger import Ledger
from ledger.actions.record import submit
from ledger.config import Settings
from ledger.facts.actors import Actor, Role
from ledger.facts.identifiers import patent_check_digit
from ledger.kpi.language import load_all
from schemas.entries import load_batch

UNIVERSITY, FIRM, OTHER_FIRM = "1242000044160001X2", "91420100551000111Y", "9142050055100012XB"
OPERATOR, BANK = "91420100551000410W", "914200001770003137"
NOW = datetime(2026, 3, 1, tzinfo=UTC)

Said = tuple[str, dict[str, Any]]


def ledger_on(engine: Engine, url: str = "") -> Ledger:
    # A key of the checkout's own would be another log's.
    settings = Settings(database_url=url or "sqlite:///unused", signing_key_file=Path("var/no-such-folder/signing.key"))
    return Ledger(engine, engine, load_all(), settings, lambda: NOW)


def patent_id(number: int) -> str:
    stem = f"20201{number:07}"
    return f"CN{stem}.{patent_check_digit(stem)}"


def patent(number: int, **more: Any) -> Said:
    body = {"patent_id": patent_id(number), "right": "invention", "title": f"光模块 {number}", "filed_on": "2020-03-02"}
    return "patent", body | {"granted_on": "2022-05-10"} | more


def licence(deal_no: str, patents: Sequence[int], *, amount: str | None = "300000.00", **more: Any) -> Said:
    body = {
        "deal_no": deal_no, "grantors": [UNIVERSITY], "grantees": [FIRM], "lines": [{"patent_id": patent_id(n)} for n in patents],
        "related_party": False, "role": "served", "payment_mode": "lump", "amount": amount, "signed_on": "2025-09-01",
        "licence_type": "non_exclusive", "term_months": 24,
    }  # fmt: skip
    return "licence", body | more


def say(ledger: Ledger, role: Role, centre: str, *said: Said, key: str | None = None) -> int:
    """Record a batch; the index of its first entry."""
    entries = [{"kind": kind, "centre": centre, "body": body} for kind, body in said]
    items = load_batch({"entries": entries})
    answer = submit(ledger, Actor(role, f"{role}@{centre}", centre), items, batch=True, key=key)
    first: int = json.loads(answer.body)["first"]
    return first


def found_office(ledger: Ledger) -> None:
    offices.found(ledger, code="hb-ipo", name="湖北省知识产权局", centre_kind="province_office", region="420000")


def register_centres(ledger: Ledger) -> None:
    """Entries 1 to 9: two centres that take part in a programme, and the parties."""
    centres = [
        ("centre", {"code": code, "name": f"运营中心 {code}", "centre_kind": "centre", "region": region, "operator": OPERATOR,
                    "valid_from": "2022-01-01"})
        for code, region in (("c1", "420100"), ("c2", "420500"))
    ]  # fmt: skip
    started = [
        ("participation", {"programme": "hubei-2025", "subject": code, "state": "started", "on": "2025-08-01",
                           "industry": "photonics", "start_on": "2025-08-01", "months": 24})
        for code in ("c1", "c2")
    ]  # fmt: skip
    parties = [
        ("party", {"party_id": id_, "name": f"单位 {id_}", "party_kind": kind, "valid_from": "2020-01-01",
                   "region": "420100", **more})
        for id_, kind, more in (
            (UNIVERSITY, "university", {}),
            (FIRM, "enterprise", {"size": "small", "size_basis": "declared", "chains": ["photonics"], "tags": ["专精特新"]}),
            (OTHER_FIRM, "enterprise", {"size": "micro", "size_basis": "declared", "chains": ["photonics"]}),
            (OPERATOR, "agency", {}),
            (BANK, "financial_institution", {}),
        )
    ]  # fmt: skip
    say(ledger, "authority", "hb-ipo", *centres, *started, *parties)


def found(ledger: Ledger) -> None:
    """The office, two centres and the parties."""
    found_office(ledger)
    register_centres(ledger)


def play(ledger: Ledger, fillers: int = 0) -> dict[str, int]:
    """A little of everything; the index of each thing by its name."""
    found(ledger)
    at: dict[str, int] = {}
    at["patents"] = say(ledger, "recorder", "c1", *(patent(n) for n in range(1, 7 + fillers)))
    at["pool"] = say(
        ledger, "recorder", "c1",
        ("pool", {"pool_id": "Q1", "name": "光通信专利池", "industry": "photonics", "operator": OPERATOR, "action": "open",
                  "on": "2025-08-20"}),
        ("admission", {"pool_id": "Q1", "patents": [patent_id(1), patent_id(2)], "on": "2025-08-21"}),
        ("withdrawal", {"pool_id": "Q1", "patents": [patent_id(2)], "on": "2025-10-01"}),
    )  # fmt: skip
    at["licence"] = say(
        ledger, "recorder", "c1",
        licence("L-1", [1, 2, 3], registered_on="2025-09-10", registration_no="R-1"),
        licence("L-2", [4], amount=None),
        licence("L-3", [5], registered_on="2025-09-20", registration_no="R-3"),
        key="licences",
    )  # fmt: skip
    at["amendment"] = say(
        ledger, "recorder", "c1",
        ("registration", {"deal_no": "L-2", "registered_on": "2025-10-10", "registration_no": "R-2"}),
        ("amendment", {"deal_no": "L-1", "on": "2025-11-01", "amount_change": "60000.00", "reason": "agreed"}),
        ("payment", {"deal_no": "L-1", "received_on": "2025-11-05", "amount": "100000.00", "payment_type": "upfront"}),
    ) + 1  # fmt: skip
    at["claimed"] = say(ledger, "recorder", "c2", licence("X-1", [5], registered_on="2025-09-20", registration_no="R-3"))
    at["outcomes"] = say(
        ledger, "recorder", "c2",
        ("activity", {"activity_type": "matchmaking", "title": "对接会", "held_on": "2025-09-05",
                      "attendees": [{"token": "a1", "role": "firm", "employer": FIRM}, {"token": "a2"}]}),
        ("output", {"output_type": "navigation_report", "ref_no": "N-1", "title": "导航报告", "on": "2025-10-20",
                    "status": "published", "patents": [patent_id(1)]}),
        ("pledge", {"loan_ref": "D-1", "action": "new", "registered_on": "2025-10-01", "borrower": FIRM, "pledgors": [FIRM],
                    "pledgee": BANK, "rights": [{"right_kind": "patent", "right_id": patent_id(6)}], "loan_amount": "5000000.00"}),
    )  # fmt: skip
    at["verdict"] = say(ledger, "authority", "hb-ipo", ("attestation", {"entry": at["licence"], "verdict": "verified"}))
    closing = {"programme": "hubei-2025", "subject": "c1", "through": "2025-12-31"}
    say(ledger, "signatory", "c1", ("closing", closing | {"action": "submit"}))
    at["acceptance"] = say(ledger, "authority", "hb-ipo", ("closing", closing | {"action": "accept"}))
    say(ledger, "authority", "hb-ipo", ("closing", closing | {"action": "reopen", "note": "补正"}))
    at["reversal"] = say(ledger, "recorder", "c1", ("reversal", {"entry": at["licence"] + 2, "reason": "data_error"}))
    return at
