"""Totals and scorecards: resolve the request, see that the caller may ask it, and count.

Readers see every total, but no figure of money that rests on one or two parties; a recorder sees its own centre's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from ledger.actions.ledger import Ask, Reading
from ledger.facts.actors import READS, Actor
from ledger.facts.lines.rows import NEVER
from ledger.facts.mentions import SEPARATOR
from ledger.facts.problems import refuse
from ledger.kpi.book import GROUPS, Question, Scope
from ledger.kpi.language import Metric, Programme
from ledger.kpi.participants import Participant, on_day, operators, participant
from ledger.kpi.scorecard import rests_on_few, text_of
from ledger.kpi.scorecard import scorecard as card_of
from ledger.kpi.windows import Window
from ledger.store.figures import StoredBook
from ledger.store.worlds import programme_subjects

TIMES = ("month", "quarter", "year")


def is_guarded(actor: Actor) -> bool:
    return actor.role == "reader"


# --- totals ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class TotalsRequest:
    metric: str
    centre: str | None = None
    region: str | None = None
    from_: date | None = None
    to: date | None = None
    on: date | None = None
    known_at: str | None = None
    level: str = "recorded"
    group_by: tuple[str, ...] = ()


def totals(reading: Reading, actor: Actor, wanted: TotalsRequest) -> Ask:
    """One metric over a centre, a region or the whole ledger, whole or by groups (RULINGS 10, 37, 41)."""
    if READS["figures"][actor.role] == "own" and wanted.centre != actor.centre:
        raise refuse("forbidden", "centre", f"只能查询本中心 {actor.centre}", f"only totals of {actor.centre} are yours to see")
    metric = reading.ledger.catalogue.metrics.get(wanted.metric)
    if metric is None:
        raise refuse("invalid", "metric", f"没有统计口径 {wanted.metric}", f"there is no metric {wanted.metric}")
    if wanted.centre is not None and wanted.region is not None:
        raise refuse("invalid", "region", "centre 与 region 只能给出一个", "give a centre or a region, not both")
    if wanted.from_ and wanted.to and wanted.from_ >= wanted.to:
        raise refuse("invalid", "to", "to 应晚于 from", "to is not after from")
    _check_groups(metric, wanted.group_by)
    size = reading.size_of(wanted.known_at)
    on = wanted.on or reading.today
    window = Window(None, NEVER) if metric_is_stock(metric) else Window(wanted.from_, wanted.to or NEVER)
    request = (metric.digest, wanted.centre, wanted.region, window.begins, window.ends, on, size, wanted.level, *wanted.group_by)

    def answer() -> Mapping[str, Any]:
        book = reading.book(size)
        question = Question(metric, _scope(book, metric, wanted, on, reading), window, on, wanted.level)
        return {
            "metric": metric.id,
            "unit": metric.unit,
            "known_at": reading.known_at(size),
            "rows": _rows(book, question, wanted.group_by, guarded=is_guarded(actor)),
        }

    return Ask(size, ("totals", metric.id, *map(str, request)), answer)


def metric_is_stock(metric: Metric) -> bool:
    return all(part.stock for part in metric.parts)


def _check_groups(metric: Metric, group_by: tuple[str, ...]) -> None:
    for name in group_by:
        if name not in GROUPS:
            raise refuse("invalid", "group_by", f"不能按 {name} 分组", f"{name} is none of {', '.join(GROUPS)}")
    if group_by and metric.sum:
        raise refuse("invalid", "group_by", "合计口径不能分组", "a metric that is a sum cannot be grouped")
    if metric_is_stock(metric) and set(group_by) & set(TIMES):
        raise refuse("invalid", "group_by", "存量口径不能按时间分组", "a stock is a state on one day: it has no groups in time")


def _scope(book: StoredBook, metric: Metric, wanted: TotalsRequest, on: date, reading: Reading) -> Scope:
    if wanted.centre is not None:
        rows = book.centre_rows(wanted.centre)
        if not rows:
            raise refuse("unknown-centre", "centre", f"没有中心 {wanted.centre}", f"there is no centre {wanted.centre}")
        record = on_day(rows, on)
        terms = {"region": record.region if record else None, "industry": _agreed_industry(book, wanted.centre, reading)}
        scope = Scope(centre=wanted.centre, terms=terms, operators=operators(rows))
    elif wanted.region is not None:
        scope = Scope(region=wanted.region, terms={"region": wanted.region})
    else:
        scope = Scope()
    if unresolved := sorted(name for name in metric.needs if not scope.terms.get(name)):
        raise refuse(
            "subject-needed",
            "centre" if "industry" in unresolved else "region",
            f"口径 {metric.id} 需要明确统计对象的 {'、'.join(unresolved)}",
            f"{metric.id} asks for the subject's {' and '.join(unresolved)}, which this request does not settle",
        )
    return scope


def _agreed_industry(book: StoredBook, centre: str, reading: Reading) -> str | None:
    """The industry of a centre's participations, if they agree."""
    found = set()
    for programme_id in programme_subjects(reading.connection, book.size, subject=centre):
        programme = reading.ledger.catalogue.programmes.get(programme_id.partition(SEPARATOR)[0])
        if programme and (who := participant(book, programme, centre, NEVER)) and who.scope.terms.get("industry"):
            found.add(who.scope.terms["industry"])
    return found.pop() if len(found) == 1 else None


def _rows(book: StoredBook, question: Question, by: tuple[str, ...], *, guarded: bool) -> list[dict[str, Any]]:
    unit = question.metric.unit
    if not by:
        if guarded and rests_on_few(book, question):
            return [{"value": None, "suppressed": True}]
        return [{"value": text_of(book.figure(question).value, unit)}]
    rows = []
    few = book.few_takers(question, by) if guarded and question.metric.is_money else frozenset()
    for key, figure in book.grouped(question, by).items():
        row: dict[str, Any] = dict(zip(by, key, strict=True))
        rows.append(row | ({"value": None, "suppressed": True} if key in few else {"value": text_of(figure.value, unit)}))
    return rows


# --- scorecards ------------------------------------------------------------------------------------------------------


def programme_of(reading: Reading, programme_id: str) -> Programme:
    programme = reading.ledger.catalogue.programmes.get(programme_id)
    if programme is None:
        raise refuse("not-found", "", f"没有考核方案 {programme_id}", f"there is no programme {programme_id}")
    return programme


def participant_of(book: StoredBook, programme: Programme, subject: str, on: date) -> Participant:
    who = participant(book, programme, subject, on)
    if who is None:
        raise refuse(
            "not-found", "", f"{subject} 未参加 {programme.id}", f"{subject} takes no part in {programme.id}"
        )  # fmt: skip
    return who


def see_subject(actor: Actor, subject: str) -> None:
    """Raises Refused where a scorecard is not the caller's to see."""
    if READS["figures"][actor.role] == "own" and subject != actor.centre:
        raise refuse("forbidden", "", f"只能查阅本中心 {actor.centre}", f"only the scorecards of {actor.centre} are yours to see")


def scorecard_of(
    reading: Reading,
    programme: Programme,
    subject: str,
    *,
    on: date,
    size: int,
    level: str,
    guarded: bool = False,
    book: StoredBook | None = None,
) -> dict[str, Any]:
    """The body of a scorecard. Raises Refused (not-found) where the subject takes no part.

    `book` is one of this size that has been asked before, and remembers.
    """
    book = book or reading.book(size)
    card = card_of(book, participant_of(book, programme, subject, on), on=on, level=level, guarded=guarded)
    targets = card.pop("targets")
    return card | {"known_at": reading.known_at(size), "targets": targets}


def scorecard(
    reading: Reading, actor: Actor, programme_id: str, subject: str, *, on: date | None, known_at: str | None, level: str
) -> Ask:
    see_subject(actor, subject)
    programme = programme_of(reading, programme_id)
    size, day = reading.size_of(known_at), on or reading.today

    def answer() -> Mapping[str, Any]:
        return scorecard_of(reading, programme, subject, on=day, size=size, level=level, guarded=is_guarded(actor))

    return Ask(size, ("scorecard", programme.digest, subject, day.isoformat(), str(size), level), answer)


def scorecards(
    reading: Reading,
    actor: Actor,
    programme_id: str,
    *,
    on: date | None,
    known_at: str | None,
    level: str,
    limit: int,
    cursor: str | None,
) -> Ask:
    """All participants of a programme, one row each, in the order of their codes; those who left it last (RULINGS 38)."""
    programme = programme_of(reading, programme_id)
    size, day = reading.size_of(known_at), on or reading.today

    def answer() -> Mapping[str, Any]:
        book = reading.book(size)
        found = []
        for mentioned in programme_subjects(reading.connection, size, programme=programme.id):
            subject = mentioned.partition(SEPARATOR)[2]
            if READS["figures"][actor.role] == "own" and subject != actor.centre:
                continue
            if who := participant(book, programme, subject, day):
                found.append((who.state in GONE, subject, who))
        found.sort(key=lambda one: one[:2])
        after = _parse_place(cursor)
        rest = [one for one in found if after is None or one[:2] > after]
        items = [_summary(book, who, day, level, is_guarded(actor)) for *_, who in rest[:limit]]
        more = len(rest) > limit
        return {"items": items, "next": f"{int(rest[limit - 1][0])}.{rest[limit - 1][1]}" if more else None}

    request = (programme.digest, day.isoformat(), str(size), level, str(limit), cursor or "")
    return Ask(size, ("scorecards", *request), answer)


GONE = ("delisted", "cancelled")


def _parse_place(cursor: str | None) -> tuple[bool, str] | None:
    if cursor is None:
        return None
    gone, dot, subject = cursor.partition(".")
    if gone not in ("0", "1") or not dot or not subject:
        raise refuse("invalid", "cursor", "游标无效", "no such cursor")
    return gone == "1", subject


def _summary(book: StoredBook, who: Participant, on: date, level: str, guarded: bool) -> dict[str, Any]:
    card = card_of(book, who, on=on, level=level, guarded=guarded)
    shown = ("id", "value", "verified", "target", "completion", "met", "suppressed")
    return {
        "subject": who.subject,
        "name": who.name,
        "state": who.state,
        "period": card["period"],
        "met": card["met"],
        "targets": [{name: row[name] for name in shown if name in row} for row in card["targets"]],
    }
