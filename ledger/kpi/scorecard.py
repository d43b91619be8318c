"""A scorecard: every target of a programme for one subject, from either road to the figures.

- A target is met as soon as it is reached; it is missed only when its window has ended; in between nobody knows: null.
- Comparison is exact, in fen, before any rounding; what is shown is exact too, but ratios and percentages, rounded down.
- Overall, all `must` targets that are not hidden decide: false if one is false, else null if one is null, else true.

The answer is the body on the wire (DESIGN section 6) without `known_at`, which only the log can tell.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Any

from ledger.facts.money import MONEY_UNITS, floor_decimal, format_decimal, format_in_unit, percent_down
from ledger.kpi.book import Book, Figure, Question
from ledger.kpi.language import Metric, Target
from ledger.kpi.participants import Participant, baseline
from ledger.kpi.windows import EACH, Window, base_window, has_ended, windows_of

RATIO_DECIMALS = 4
FEW = 2  # figures of money on so few takers would tell a contract price (RULINGS 44)
NOTHING = Figure(0)

Met = bool | None


@dataclass(frozen=True)
class Part:
    """One window of a target: the figure, what was asked, and whether it is met."""

    window: Window
    figure: Figure
    value: Fraction | None
    verified: Fraction | None
    asked: Fraction | None
    base: Fraction | None
    met: Met
    suppressed: bool = False


def scorecard(book: Book, who: Participant, *, on: date, level: str, guarded: bool = False) -> dict[str, Any]:
    """One scorecard. `guarded`: for readers, figures of money that rest on very few parties are not shown."""
    card = _Card(book, who, on, level, guarded)
    book.prepare(card.foreseen())
    rows = [card.row(target) for target in who.programme.targets]
    musts = [card.met(t) for t in who.programme.targets if t.level == "must" and not t.hidden]
    period = who.period
    return {
        "programme": who.programme.id,
        "programme_digest": who.programme.digest,
        "subject": who.subject,
        "state": who.state,
        "on": on.isoformat(),
        "level": level,
        "period": window_of(period) if period else None,
        "met": every(musts),
        "targets": rows,
    }


def every(mets: Iterable[Met]) -> Met:
    """False if one is false, else null if one is null."""
    known = list(mets)
    return False if False in known else None if None in known else True


def some(mets: Iterable[Met]) -> Met:
    """True if one is true, else null if one is null."""
    known = list(mets)
    return True if True in known else None if None in known else False


def question_for(who: Participant, metric: Metric, window: Window, *, on: date, level: str) -> Question:
    return Question(metric, who.scope, window, on, level)


class _Card:
    def __init__(self, book: Book, who: Participant, on: date, level: str, guarded: bool) -> None:
        self.book, self.who, self.on, self.level, self.guarded = book, who, on, level, guarded
        self._parts: dict[str, list[Part] | None] = {}

    # --- verdicts --------------------------------------------------------------------------------------------------

    def met(self, target: Target) -> Met:
        if target.evidence:
            return self.who.decisions.get(target.id)
        parts = self.parts(target)
        if target.any_of or target.all_of:
            if target.window in EACH:
                return self._all_parts(parts)
            judge = some if target.any_of else every
            return judge(self.met(member) for member in self._members(target))
        return self._all_parts(parts)

    def _all_parts(self, parts: list[Part] | None) -> Met:
        return every(part.met for part in parts) if parts else None

    def _members(self, target: Target) -> list[Target]:
        members = [self.who.programme.target(one) for one in (*target.any_of, *target.all_of)]
        return [member for member in members if member is not None]

    def parts(self, target: Target) -> list[Part] | None:
        """The windows of a target, judged; None where there are none to judge (no period yet, or no figure at all)."""
        if target.id not in self._parts:
            self._parts[target.id] = self._judged(target)
        return self._parts[target.id]

    def _judged(self, target: Target) -> list[Part] | None:
        if target.window is None or target.evidence:
            return None
        windows = windows_of(target.window, period=self.who.period, on=self.on)
        if windows is None:
            return None
        if target.any_of or target.all_of:
            if target.window not in EACH:
                return None
            judge = some if target.any_of else every
            columns = [self.parts(member) or [] for member in self._members(target)]
            return [
                Part(window, NOTHING, None, None, None, None, judge(column[n].met for column in columns))
                for n, window in enumerate(windows)
            ]
        return [self._part(target, window) for window in windows]

    # --- figures ---------------------------------------------------------------------------------------------------

    def foreseen(self) -> Iterator[Question]:
        """The questions that will be asked whatever the answers are: a book may see to them together."""
        for target in self.who.programme.targets:
            if target.metric is None or target.window is None or target.panel is not None:
                continue
            for window in windows_of(target.window, period=self.who.period, on=self.on) or ():
                question = question_for(self.who, target.metric, window, on=self.on, level=self.level)
                yield from (question, replace(question, level="verified"))

    def _part(self, target: Target, window: Window) -> Part:
        assert target.metric is not None
        assert target.window is not None
        question = question_for(self.who, target.metric, window, on=self.on, level=self.level)
        base = None
        if target.growth is not None:
            question, base = self._base(target, question)
        figure = self.book.figure(question)
        at_verified = figure if self.level == "verified" else self.book.figure(replace(question, level="verified"))
        value, verified = Fraction(figure.value), Fraction(at_verified.value)
        if target.per is not None:
            value, verified = (self._ratio(target.per, question, v, lv) for v, lv in ((value, self.level), (verified, "verified")))  # type: ignore[assignment]
        asked = self._asked(target, base)
        ended = has_ended(target.window, window, period=self.who.period, on=self.on)
        return Part(window, figure, value, verified, asked, base, self._is_met(target, value, asked, ended), self._few(question))

    def _ratio(self, below: Metric, question: Question, above: Fraction, level: str) -> Fraction | None:
        divisor = self.book.figure(replace(question, metric=below, level=level)).value
        return above / divisor if divisor else None

    def _asked(self, target: Target, base: Fraction | None) -> Fraction | None:
        if target.growth is not None:
            return base * Fraction(target.growth) ** (target.years or 1) if base else None
        text = self.who.overrides.get(target.id, target.value)
        return None if text is None else target.exact(text)

    def _is_met(self, target: Target, value: Fraction | None, asked: Fraction | None, ended: bool) -> Met:
        if asked is None or value is None:
            return None
        if value > asked or (target.op == ">=" and value == asked):
            return True
        return False if ended else None

    def _base(self, target: Target, question: Question) -> tuple[Question, Fraction | None]:
        """The question and the base that its figure is compared with; both over the same recorders for a panel."""
        assert target.metric is not None
        assert target.window is not None
        earlier = replace(question, window=base_window(question.window, text=target.window, years=target.years))
        if target.panel == "same":
            both = self.book.recorders(question) & self.book.recorders(earlier)
            question = replace(question, scope=replace(question.scope, recorders=both))
            earlier = replace(earlier, scope=question.scope)
        figure = self.book.figure(earlier)
        if figure.counted_lines == 0 and target.panel is None and target.per is None:
            declared = baseline(self.book, target.metric, self.who.subject, earlier.window, self.level)
            return question, Fraction(0) if declared is None else declared
        base = Fraction(figure.value)
        return question, base if target.per is None else self._ratio(target.per, earlier, base, self.level)

    def _few(self, question: Question) -> bool:
        return self.guarded and rests_on_few(self.book, question)

    # --- the row ---------------------------------------------------------------------------------------------------

    def row(self, target: Target) -> dict[str, Any]:
        parts = self.parts(target)
        each = target.window in EACH
        single = parts[0] if parts and not each else None
        figures = [part.figure for part in parts or ()]
        suppressed = any(part.suppressed for part in parts or ())
        show = self._shown(target)
        # A pending line waits in every later window too: the last one knows them all.
        waiting = figures[-1] if figures else NOTHING
        row: dict[str, Any] = {
            "id": target.id,
            "clause": target.clause,
            "label": {"zh": target.label.zh, "en": target.label.en},
            "unit": target.unit,
            "window": self._window(target, single),
            "op": target.op,
            "target": self._target_text(target, single),
            "value": show(single.value) if single and not suppressed else None,
            "verified": show(single.verified) if single and not suppressed else None,
            "pending": {
                "lines": waiting.pending_lines,
                "amount": None if suppressed else format_in_unit(waiting.pending_amount, "万元"),
            },
            "missing_amounts": sum(figure.missing_amounts for figure in figures),
            "excluded": added(figure.excluded for figure in figures),
            "completion": None if suppressed or not single else percent_down(single.value, single.asked, met=single.met),
            "met": self.met(target),
            "level": target.level,
            "parts": [self._part_row(target, part) for part in parts or ()] if each else [],
        }
        if target.growth is not None:
            row["base"] = show(single.base) if single and not suppressed else None
        if target.evidence:
            row["evidence"] = True
        if target.hidden:
            row["hidden"] = True
        if suppressed:
            row["suppressed"] = True
        return row

    def _part_row(self, target: Target, part: Part) -> dict[str, Any]:
        show = self._shown(target)
        hide = part.suppressed
        row = {
            "window": window_of(part.window),
            "value": None if hide or target.metric is None else show(part.value),
            "verified": None if hide or target.metric is None else show(part.verified),
            "target": self._target_text(target, part),
            "completion": None if hide else percent_down(part.value, part.asked, met=part.met),
            "met": part.met,
        }
        if target.growth is not None:
            row["base"] = None if hide else show(part.base)
        if hide:
            row["suppressed"] = True
        return row

    def _window(self, target: Target, single: Part | None) -> dict[str, str | None]:
        if single:
            return window_of(single.window)
        if target.window in EACH and self.who.period:
            return window_of(self.who.period)
        return {"from": None, "to": None}

    def _target_text(self, target: Target, part: Part | None) -> str | None:
        if target.unit is None:
            return None
        asked = part.asked if part else None
        if asked is None and target.growth is None:
            asked = self._asked(target, None)
        if asked is None:
            return None
        if target.per is None:
            return text_of(asked, target.unit)
        # Growth of a ratio need not end in decimals; a ratio that is asked for does.
        return format_decimal(asked, least=2) if target.growth is None else floor_decimal(asked, RATIO_DECIMALS)

    def _shown(self, target: Target) -> Callable[[Fraction | None], str | None]:
        def show(value: Fraction | None) -> str | None:
            if value is None or target.unit is None:
                return None
            return floor_decimal(value, RATIO_DECIMALS) if target.per is not None else text_of(value, target.unit)

        return show


def text_of(value: Fraction | int, unit: str) -> str:
    """A figure in its unit: exact money with at least two decimals, a count without a point unless it has a part."""
    return format_in_unit(Fraction(value), unit) if unit in MONEY_UNITS else format_decimal(Fraction(value))


def window_of(window: Window) -> dict[str, str | None]:
    return {"from": window.begins.isoformat() if window.begins else None, "to": window.ends.isoformat()}


def added(tables: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for table in tables:
        for reason, lines in table.items():
            total[reason] = total.get(reason, 0) + lines
    return dict(sorted(total.items()))


def rests_on_few(book: Book, question: Question) -> bool:
    """Whether a figure of money from deals or pledges rests on one or two takers."""
    metric = question.metric
    if not metric.is_money or not any(part.family in ("deal", "pledge") for part in metric.parts):
        return False
    return 1 <= book.takers(question) <= FEW
