"""Closed periods told once more, from the words of RULINGS 54 and from bodies as they lie in the log: nothing here asks the rules.

`Told` is an entry in the plainest form. A naive reader goes through the whole log for each question.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from ledger.facts.encoding import encode
from ledger.facts.entries import Entry

DEALS = ("transfer", "licence", "open_licence", "equity")
FOLLOWERS = ("registration", "amendment", "termination", "payment")
DAY_OF = {
    "registration": "registered_on", "payment": "received_on", "pledge": "registered_on", "activity": "held_on",
    "amendment": "on", "termination": "on", "admission": "on", "withdrawal": "on", "output": "on",
}  # fmt: skip
OFFICES = ("hb-ipo", "js-ipo")
IN_DOUBT = ("rejected", "contested")


class Told(NamedTuple):
    at: int  # its index
    centre: str
    kind: str
    body: dict[str, Any]


def told(entry: Entry) -> Told:
    return Told(entry.index, entry.centre, entry.kind, encode(entry.fact))


class Standing(NamedTuple):
    code: str
    through: str
    entry: int


def standing(log: Sequence[Told], centre: str) -> list[Standing]:
    """The periods of a centre that take no more entries."""
    found = []
    closings = [one for one in log if one.kind == "closing" and one.body["subject"] == centre]
    for period in {(one.body["programme"], one.body["through"]) for one in closings}:
        steps = [one for one in closings if (one.body["programme"], one.body["through"]) == period]
        last = steps[-1]
        before = steps[-2].body["action"] if len(steps) > 1 else None
        if last.body["action"] == "submit":
            found.append(Standing("period-held", period[1], last.at))
        elif last.body["action"] == "accept" and before == "submit":
            found.append(Standing("period-closed", period[1], last.at))
    return found


def in_the_way(log: Sequence[Told], one: Told) -> set[tuple[str, int]]:
    """What an entry may be refused with: a code, and a closing; nothing where no period is in its way."""
    if one.centre in OFFICES:
        return set()
    days = list(days_of(log, one))
    found = [held for held in standing(log, one.centre) if days and min(days) <= held.through]
    closed = [held for held in found if held.code == "period-closed"]
    return {(held.code, held.entry) for held in closed or found}


def days_of(log: Sequence[Told], one: Told) -> Iterable[str]:
    """ISO days, which sort like days."""
    if one.kind == "reversal":
        target = next((entry for entry in log if entry.at == one.body["entry"]), None)
        return [] if target is None else days_taken_back(log, target)
    return own_days(one) + (days_moved(log, one) if one.kind == "registration" else [])


def own_days(one: Told) -> list[str]:
    body = one.body
    if one.kind in DEALS:
        return [day for line in body["lines"] if (day := line.get("registered_on") or body.get("registered_on"))]
    if one.kind == "baseline":
        return [(date.fromisoformat(body["to"]) - timedelta(days=1)).isoformat()]
    return [body[DAY_OF[one.kind]]] if one.kind in DAY_OF else []


def is_reversed(log: Sequence[Told], index: int) -> bool:
    return any(one.kind == "reversal" and one.body["entry"] == index for one in log)


def days_taken_back(log: Sequence[Told], target: Told) -> list[str]:
    days = own_days(target)
    if target.kind in DEALS:
        days += [day for one in following(log, target) for day in own_days(one)]
    if target.kind in (*DEALS, "registration"):
        days += days_moved(log, Told(len(log), target.centre, "reversal", {"entry": target.at}))
    return days


def following(log: Sequence[Told], deal: Told) -> list[Told]:
    """The live followers that came while the deal was the live one of its number."""
    found = []
    for one in log[deal.at + 1 :]:
        same = one.centre == deal.centre and one.body.get("deal_no") == deal.body["deal_no"]
        if same and one.kind in DEALS:
            break
        if same and one.kind in FOLLOWERS and not is_reversed(log, one.at):
            found.append(one)
    return found


class Claimed(NamedTuple):
    """A live line that says which recordal it is."""

    complete_at: int
    deal: int
    line: int
    centre: str
    day: str | None
    verdict: str
    is_doubted: bool  # by an office, it or the registration that dates it


def claims(log: Sequence[Told]) -> list[tuple[tuple[str, ...], Claimed]]:
    """Who claims which recordal: by its number and patent, else by kind, patent, takers and day; by nothing where none is told."""
    found = []
    for deal in (one for one in log if one.kind in DEALS and not is_reversed(log, one.at)):
        for number, line in enumerate(deal.body["lines"], 1):
            given = [(deal.at, deal.body | {name: it for name, it in line.items() if it is not None})]
            given += [
                (one.at, one.body) for one in following(log, deal)
                if one.kind == "registration" and number in one.body.get("lines", [number]) and not is_rejected(log, one.at, number)
            ]  # fmt: skip
            numbers = [(told["registration_no"], at) for at, told in given if told.get("registration_no")]
            days = [(told["registered_on"], at) for at, told in given if told.get("registered_on")]
            takers = [line["grantee"]] if line.get("grantee") else sorted(set(deal.body["grantees"]))
            which, complete_at = (), deal.at
            if numbers:
                (value, complete_at) = numbers[0]
                which = ("number", value, line["patent_id"])
            elif days:
                (value, complete_at) = days[0]
                which = ("day", value, line["patent_id"], deal.kind, *takers)
            day, dated_by = days[0] if days else (None, deal.at)
            doubted = any(verdict_on(log, at, number) in IN_DOUBT for at in (deal.at, dated_by))
            verdict = verdict_on(log, deal.at, number)
            found.append((which, Claimed(complete_at, deal.at, number, deal.centre, day, verdict, doubted)))
    return found


def holder(claimed: Sequence[Claimed]) -> str | None:
    """Whose lines count where several centres claim one recordal; None where they do not."""
    left = [one for one in claimed if one.verdict != "rejected"]
    if len({one.centre for one in left}) < 2:
        return None
    return min([one for one in left if one.verdict == "verified"] or left).centre


def lines_of(log: Sequence[Told], centre: str) -> dict[tuple[int, int], tuple[str | None, bool]]:
    """The lines of a centre: the day of each; and whether it may count, since no office doubts it and no other centre holds it."""
    claimed, found = claims(log), {}
    for which, one in claimed:
        if one.centre == centre:
            held_by = holder([it for its, it in claimed if its == which]) if which else None
            found[one.deal, one.line] = (one.day, held_by in (None, centre) and not one.is_doubted)
    return found


def days_moved(log: Sequence[Told], one: Told) -> list[str]:
    """The days of the centre's lines that would be dated anew or count otherwise, and of what was received for the latter."""
    bearers = [it for it in log if it.kind in DEALS and it.centre == one.centre and it.body["deal_no"] == one.body.get("deal_no")]
    if bearers and max(one.body.get("lines", [0])) > len(bearers[-1].body["lines"]):
        return []  # it speaks of lines that are not there
    before, after = lines_of(log, one.centre), lines_of([*log, one], one.centre)
    days = []
    for (deal, number), (day, counts) in after.items():
        was, counted = before[deal, number]
        if day and day != was:
            days.append(day)
        if day and was and counts != counted:
            paid = [it for it in following(log, log[deal]) if it.kind == "payment"]
            days += [day, *(it.body["received_on"] for it in paid if verdict_on(log, it.at, 1) not in IN_DOUBT)]
    return days


def is_rejected(log: Sequence[Told], index: int, line: int) -> bool:
    return verdict_on(log, index, line) == "rejected"


def verdict_on(log: Sequence[Told], index: int, line: int) -> str:
    """The last word of an office; nothing where there is none."""
    said = [
        one.body["verdict"] for one in log
        if one.kind == "attestation" and one.body["entry"] == index and one.centre in OFFICES
        and line in one.body.get("lines", [line]) and not is_reversed(log, one.at)
    ]  # fmt: skip
    return said[-1] if said else ""
