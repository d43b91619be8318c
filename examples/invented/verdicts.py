"""Chapter: who vouches for what. Signatories attest what their centre recorded, offices verify a good part of it.

- A centre's signatory goes through the entries every quarter and leaves some for later; its office follows in rounds.
- A contract is verified together with the registration that dated it: the figure rests on both.
- The office rejects one contract, marks one as contested, and of one verifies the first line only.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from examples.invented.contracts import Contracts
from examples.invented.days import LAST_DAY, working_day
from examples.invented.journal import Journal, Said

DEALS = ("transfer", "licence", "open_licence", "equity")
ATTESTED = (*DEALS, "registration", "amendment", "termination", "payment", "pool", "admission", "pledge", "activity", "output")
OFFICE_OF = {"wh-photonics": "hb-ipo", "yc-laser": "hb-ipo", "sz-display": "js-ipo", "sz-park": "js-ipo"}
ROUNDS = {
    "hb-ipo": (date(2026, 1, 26), date(2026, 4, 27), date(2026, 7, 27), date(2026, 10, 26)),
    "js-ipo": (date(2025, 7, 28), date(2026, 7, 29)),  # mid-term and acceptance
}
DILIGENCE = {"wh-photonics": 0.9, "yc-laser": 0.5, "sz-display": 0.98, "sz-park": 1.0}  # the share that a signatory gets round to
THOROUGHNESS = {"hb-ipo": 0.8, "js-ipo": 0.97}  # and of that, the share that the office has verified
WORTH_A_LOOK = 200_000  # yuan: smaller payments are not gone through
ALWAYS = ("pool", "admission", "activity")  # few, and on the desk from the start
FINAL_STATES = ("approved", "published", "issued")


def everything(journal: Journal, photonics: Contracts) -> None:
    singled_out = single_out_three(journal, photonics)
    taken_back = {said.body["entry"] for said in journal.said if said.kind == "reversal"}
    attested = attest(journal, skip={*taken_back, *singled_out})
    verify(journal, attested)


def single_out_three(journal: Journal, photonics: Contracts) -> set[Said]:
    office = journal.desk("hb-ipo", "authority")
    settled = [deal.said for deal in photonics.deals if deal.said.kind == "licence" and "registered_on" in deal.said.body]
    early = [said for said in settled if said.day < date(2026, 6, 1) and not said.body["related_party"]]
    in_part = next(said for said in early if len(said.body["lines"]) > 1)
    rejected, contested = [said for said in early if len(said.body["lines"]) == 1][10:30:19]
    for said, body in (
        (rejected, {"verdict": "rejected", "reason": "abnormal", "note": "受让方两个月内连续转出,合同未见履行材料"}),
        (contested, {"verdict": "contested", "reason": "no_evidence", "note": "备案材料与合同主体不一致,待补证"}),
        (in_part, {"verdict": "verified", "lines": [1], "note": "其余专利的备案证明待补"}),
    ):
        office.say(date(2026, 7, 29), "attestation", {"entry": said, **body}, after=said)
    return {rejected, contested, in_part}


def attest(journal: Journal, skip: Collection[Said]) -> list[Said]:
    """On the tenth of the first month of each quarter, most of what has come in since."""
    lots = Lots(journal.dice("attestations"))
    attested: list[Said] = []
    for said in list(journal.said):
        day = working_day(next_quarter(said.day))
        if said in skip or said.role != "recorder" or said.kind not in ATTESTED or day > LAST_DAY or not worth_a_verdict(said):
            continue
        if lots.choose(said, DILIGENCE[said.centre]):
            signatory = journal.desk(said.centre, "signatory")
            attested.append(signatory.say(day, "attestation", {"entry": said, "verdict": "attested"}, after=said))
    return attested


def verify(journal: Journal, attested: list[Said]) -> None:
    """At each round the office takes up what has been attested since the round before."""
    lots = Lots(journal.dice("verifications"))
    for office, rounds in ROUNDS.items():
        desk, since = journal.desk(office, "authority"), date.min
        for day in rounds:
            until = day - timedelta(days=7)  # the papers are with the office a week before
            for said in attested:
                entry: Said = said.body["entry"]
                mine = OFFICE_OF[said.centre] == office and since <= said.day < until
                if mine and lots.choose(entry, THOROUGHNESS[office]):
                    desk.say(day, "attestation", {"entry": entry, "verdict": "verified"}, after=said)
            since = until


@dataclass
class Lots:
    """Who draws the lot of a deal has drawn it for all that follows the deal."""

    dice: Random
    drawn: dict[tuple[str, str], bool] = field(default_factory=dict)

    def choose(self, entry: Said, share: float) -> bool:
        chosen = self.dice.random() < share or entry.kind in ALWAYS
        deal_no = entry.body.get("deal_no")
        return chosen if deal_no is None else self.drawn.setdefault((entry.centre, deal_no), chosen)


def worth_a_verdict(said: Said) -> bool:
    """Drafts, filings under way, releases and small payments carry no target; nor do a service, a visit or a talk."""
    body = said.body
    if said.kind == "output":
        return body["status"] in FINAL_STATES
    if said.kind == "activity":
        return body["activity_type"] in ("matchmaking", "roadshow", "auction", "training", "push", "product_survey")
    if said.kind == "payment":
        return int(body["amount"].partition(".")[0]) >= WORTH_A_LOOK
    return said.kind != "pledge" or body["action"] != "release"


def next_quarter(day: date) -> date:
    month = (day.month - 1) // 3 * 3 + 4
    return date(day.year + month // 13, (month - 1) % 12 + 1, 10)
