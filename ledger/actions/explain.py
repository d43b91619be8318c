"""Where a figure comes from: the lines behind it, and why it moved.

Both show what single centres recorded, so they are for those who may read those centres' entries (DESIGN section 7).
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from ledger.actions.ledger import Ask, Reading
from ledger.actions.score import participant_of, programme_of
from ledger.actions.visibility import Sight
from ledger.facts.actors import Actor
from ledger.facts.money import format_yuan
from ledger.facts.problems import refuse
from ledger.kpi.book import Book, Item, Question
from ledger.kpi.language import Programme, Target
from ledger.kpi.participants import Participant, participant
from ledger.kpi.scorecard import question_for, scorecard, window_of
from ledger.kpi.windows import EACH, Window, windows_of
from ledger.store.turning import responsible


def lines(
    reading: Reading,
    actor: Actor,
    programme_id: str,
    subject: str,
    *,
    target: str,
    on: date | None,
    known_at: str | None,
    level: str,
    limit: int,
    cursor: str | None,
) -> Ask:
    """The lines behind one figure: counted, pending, excluded with the first failing test; in log order, by pages."""
    programme = programme_of(reading, programme_id)
    sight = Sight(reading, actor)
    sight.see_subject(programme, subject)
    wanted = _target(programme, target)
    size, day = reading.size_of(known_at), on or reading.today
    after = _parse_place(cursor)

    def answer() -> Mapping[str, Any]:
        book = reading.book(size)
        who = participant_of(book, programme, subject, day)
        question = _question(who, wanted, on=day, level=level)
        found = [item for item in book.items(question) if sight.sees(item.centre)] if question else []
        rest = [item for item in found if after is None or (item.entry, item.line) > after]
        page = rest[:limit]
        more = f"{page[-1].entry}.{page[-1].line}" if len(rest) > limit else None
        return {"items": [_item(item) for item in page], "next": more}

    request = (programme.digest, subject, target, day.isoformat(), str(size), level, str(limit), cursor or "")
    return Ask(size, ("lines", *request), answer)


def changes(
    reading: Reading,
    actor: Actor,
    programme_id: str,
    subject: str,
    *,
    since: int,
    on: date | None,
    known_at: str | None,
    level: str,
) -> Ask:
    """The targets whose figures moved between two log sizes, and the entries that moved them."""
    programme = programme_of(reading, programme_id)
    sight = Sight(reading, actor)
    sight.see_subject(programme, subject)
    size, day = reading.size_of(known_at), on or reading.today
    if since > size:
        raise refuse("unknown-size", "since", f"账本在此只有 {size} 条记录", f"the log holds {size} entries here")

    def answer() -> Mapping[str, Any]:
        before, after = (reading.book(at) for at in (since, size))
        who = participant_of(after, programme, subject, day)
        cards = _card(before, participant(before, programme, subject, day), day, level), _card(after, who, day, level)
        return {"from": since, "to": size, "targets": moved(reading, sight, who, cards, (since, size, day, level))}

    return Ask(size, ("changes", programme.digest, subject, day.isoformat(), str(since), str(size), level), answer)


Card = Mapping[str, Any]  # a scorecard
Place = tuple[str, Window | None]  # a target, and the part of it for each-windows


def _card(book: Book, who: Participant | None, day: date, level: str) -> Card:
    return {"targets": ()} if who is None else scorecard(book, who, on=day, level=level)


def moved(
    reading: Reading, sight: Sight, who: Participant, cards: tuple[Card, Card], seen: tuple[int, int, date, str]
) -> list[dict[str, Any]]:
    """The figures that differ between two scorecards of a participant, each with the entries that moved it.

    `seen` says of what the two are: the sizes of the log, the day and the level. Only entries that the caller may read are named.
    """
    old, new = (figures_of(who.programme, card) for card in cards)
    told = []
    for key in new:
        target = who.programme.target(key[0])
        if target is not None and old.get(key) != new[key]:
            told.append(_moved(reading, sight, who, target, key, old.get(key), new[key], seen))
    return told


def figures_of(programme: Programme, card: Card) -> dict[Place, str | None]:
    """What each target (or each part of one) shows."""
    found: dict[Place, str | None] = {}
    for row in card["targets"]:
        target = programme.target(row["id"])
        if target is None or target.metric is None:
            continue
        if target.window in EACH:
            for part in row["parts"]:
                window = Window(date.fromisoformat(part["window"]["from"]), date.fromisoformat(part["window"]["to"]))
                found[target.id, window] = part["value"]
        else:
            found[target.id, None] = row["value"]
    return found


def _moved(
    reading: Reading,
    sight: Sight,
    who: Participant,
    target: Target,
    place: Place,
    before: str | None,
    after: str | None,
    seen: tuple[int, int, date, str],
) -> dict[str, Any]:
    since, size, day, level = seen
    entries: set[int] = set()
    for metric in (target.metric, target.per):
        question = _question(who, target, on=day, level=level, window=place[1], metric=metric) if metric else None
        if question is None:
            continue
        for part in metric.parts if metric else ():
            asked = Question(part, question.scope, question.window, day, level)
            old, new = ({(i.entry, i.line): i for i in reading.book(at).items(asked)} for at in (since, size))
            seen_as = _worth if part.count.startswith("sum:") else _standing
            differing = sorted(key for key in old.keys() | new.keys() if seen_as(old.get(key)) != seen_as(new.get(key)))
            entries |= responsible(reading.connection, part.family, differing, since=since, until=size)
    told: dict[str, Any] = {"id": target.id, "before": before, "after": after, "entries": sight.only_seen(sorted(entries))}
    return told if place[1] is None else told | {"window": window_of(place[1])}


def _worth(item: Item | None) -> Item | None:
    """All of a line matters to a sum."""
    return item


def _standing(item: Item | None) -> tuple[object, ...] | None:
    """To a count a line matters by whether and when it counts, whatever its amount."""
    return None if item is None else (item.standing, item.day, item.reason)


def _question(
    who: Participant, target: Target, *, on: date, level: str, window: Window | None = None, metric: Any = None
) -> Question | None:
    """The question behind a target; for each-windows the whole span of its parts, which follow one another."""
    assert target.metric is not None
    assert target.window is not None
    if window is None:
        windows = windows_of(target.window, period=who.period, on=on)
        if not windows:
            return None
        window = Window(windows[0].begins, windows[-1].ends)
    return question_for(who, metric or target.metric, window, on=on, level=level)


def _target(programme: Programme, target_id: str) -> Target:
    target = programme.target(target_id)
    if target is None or target.metric is None:
        known = ", ".join(t.id for t in programme.targets if t.metric is not None)
        raise refuse(
            "invalid", "target", f"{target_id} 不是有明细的目标:{known}", f"{target_id} is no target with lines behind it: {known}"
        )  # fmt: skip
    return target


def _item(item: Item) -> dict[str, Any]:
    return {
        "entry": item.entry,
        "line": item.line,
        "centre": item.centre,
        "kind": item.kind,
        "deal_no": item.deal_no,
        "patent_id": item.patent_id,
        "day": item.day.isoformat() if item.day else None,
        "amount": None if item.amount is None else format_yuan(item.amount),
        "standing": item.standing,
        "reason": item.reason,
    }


def _parse_place(cursor: str | None) -> tuple[int, int] | None:
    if cursor is None:
        return None
    entry, dot, line = cursor.partition(".")
    if not (dot and entry.isascii() and entry.isdigit() and line.isascii() and line.isdigit() and len(cursor) < 40):
        raise refuse("invalid", "cursor", "游标无效", "no such cursor")
    return int(entry), int(line)
