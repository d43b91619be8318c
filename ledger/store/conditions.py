"""A metric's tests as SQL: the first one that a line fails, and who is left on a side (`kpi.judging` in another language).

Every expression is asked of one line (a row of its family's table) on one day at one log size. What a party is on that
day is looked up in `party_line`, joined from the outside: an unknown party has no attributes and so passes no test of
them. Comparisons with what is not known are neither true nor false in SQL, so a test is failed when it `IS NOT true`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Date,
    FromClause,
    and_,
    bindparam,
    case,
    exists,
    false,
    func,
    literal,
    null,
    or_,
    select,
    true,
)

from ledger.facts.lines.rows import Standing
from ledger.facts.regions import region_prefix
from ledger.kpi.book import Question, Scope
from ledger.kpi.judging import ALWAYS_ANY, LIST_VALUED, ONLY_FOR, PLAIN, allowed
from ledger.kpi.language import Test
from ledger.store import tables as t
from ledger.store.lines import stands_at

# What differs between questions about the same lines stands in a statement by name, so that it need not be put into words anew.
SIZE = bindparam("log_size", type_=BigInteger)
ON, STATE_DAY, BEGINS, ENDS = (bindparam(name, type_=Date) for name in ("asked_on", "state_day", "begins_on", "ends_on"))

LABEL_OF = {"chain": "chain", "tags": "tag"}


@dataclass(frozen=True)
class People:
    """One side of a line: `members` are its parties (None: the line itself names the only one), `record` what one is that day."""

    members: FromClause | None
    where: ColumnElement[bool]
    in_force: ColumnElement[bool]
    id: ColumnElement[Any]
    place: ColumnElement[Any] | None
    record: Any
    role: ColumnElement[Any] | None = None
    token: ColumnElement[Any] | None = None

    def asked(self) -> Any:
        """`SELECT 1` from the parties and their records, about the line of the enclosing select."""
        if self.members is None:
            return select(literal(1)).select_from(self.record).where(self.in_force)
        return select(literal(1)).select_from(self.members.outerjoin(self.record, self.in_force)).where(self.where)

    def joined_to(self, rows: Any) -> Any:
        """The lines, each with its parties and their records."""
        found = rows if self.members is None else rows.join(self.members, self.where)
        return found.outerjoin(self.record, self.in_force)


class Conditions:
    """The tests of one question, about the line `line` on the day `day`."""

    def __init__(self, question: Question, line: Any, day: ColumnElement[Any]) -> None:
        self.question = question
        self.metric = question.metric
        self.scope = question.scope
        self.line = line
        self.day = day

    def word(self, standing: ColumnElement[Any], sides: Mapping[str, CTE]) -> ColumnElement[Any]:
        """The first failing test, else rejected or contested, else null: the line passes. It is joined to `sides`."""
        whens: list[tuple[ColumnElement[bool], ColumnElement[Any]]] = []
        seen: dict[str, int] = {}
        for test in self.metric.where:
            if (side := test.side) is None:
                fails: ColumnElement[bool] = self._plain(test).is_not(true())
            else:
                seen[side] = seen.get(side, 0) + 1
                fails = func.coalesce(sides[side].c.reached, 0) < seen[side]
            whens.append((fails, literal(test.field)))
        return case(
            *whens,
            (standing == int(Standing.REJECTED), literal("rejected")),
            (self._contested(standing), literal("contested")),
            else_=null(),
        )

    def counts(self, standing: ColumnElement[Any]) -> ColumnElement[bool]:
        """Whether a line passes, and stands at the level: asked at once."""
        plain = [self._plain(test) for test in self.metric.line_tests]
        sides = [self._side_passes(side) for side in self._sides()]
        return and_(standing >= int(self.question.floor), *plain, ~self._contested(standing), *sides)

    def _sides(self) -> Iterable[str]:
        """The sides that are tested, in the order of their first tests."""
        return dict.fromkeys(test.side for test in self.metric.where if test.side)

    def sides(self) -> Iterator[tuple[str, CTE]]:
        """For each tested side: how many of its tests, in order, are passed by somebody (or everybody) on it.

        Lines of one deal, and deals of one firm on one day, have the same side: each is gone through once.
        """
        for side in self._sides():
            tests = self.metric.side_tests(side)
            named = [self.line.c[name] for name in self._who(side)]
            one = select(*named, self.day.label("judged_on")).distinct().subquery()
            conditions = Conditions(self.question, one, one.c.judged_on)
            people = conditions.people(side)
            passed = case(
                *((conditions._party(test, people).is_not(true()), literal(n)) for n, test in enumerate(tests)),
                else_=literal(len(tests)),
            )
            # Whoever passes the longest run of tests is left the longest; where all must pass, the first to fail decides.
            furthest = func.min(passed) if self._match(side) == "all" else func.max(passed)
            query = select(*one.c, furthest.label("reached")).select_from(people.joined_to(one)).group_by(*one.c)
            yield side, query.where(self._is_looked_at(side, people)).cte(f"{side}_side")

    def of_side(self, side: str, judged: CTE) -> ColumnElement[bool]:
        """Joins a line to what was found of its side."""
        return and_(judged.c.judged_on == self.day, *(judged.c[name] == self.line.c[name] for name in self._who(side)))

    def _who(self, side: str) -> tuple[str, ...]:
        """The columns of a line that say who is on a side."""
        if side == "attendee":
            return ("entry",)
        if self.metric.family == "deal":
            return {"grantor": ("grantors",), "grantee": ("grantees",)}.get(side, t.SETS)
        return ("borrower",) if side == "borrower" else ("party_id",)

    def _side_passes(self, side: str) -> ColumnElement[bool]:
        people, tests = self.people(side), self.metric.side_tests(side)
        if self._match(side) == "all":
            stays_out: ColumnElement[bool] = people.asked().where(self.all_of(tests, people).is_not(true())).exists()
            return ~stays_out
        somebody: ColumnElement[bool] = people.asked().where(self.left(side, people)).exists()
        return somebody

    def _match(self, side: str) -> str:
        return "any" if side in ALWAYS_ANY else self.metric.match

    def _contested(self, standing: ColumnElement[Any]) -> ColumnElement[bool]:
        contested = standing == int(Standing.CONTESTED)
        if self.metric.family != "deal":
            return contested
        claim = t.claim.alias()
        held_by_another = exists().where(
            claim.c.fingerprint == self.line.c.fingerprint, claim.c.centre != self.line.c.centre, stands_at(claim, SIZE)
        )
        return or_(contested, held_by_another)

    def recorder_in(self, regions: Sequence[str | bool]) -> ColumnElement[bool]:
        record = t.centre_row.alias()
        return exists().where(
            record.c.code == self.line.c.centre,
            record.c.begins <= self.day,
            record.c.ends > self.day,
            stands_at(record, SIZE),
            within(record.c.region, regions),
        )

    def people(self, side: str) -> People:
        record = t.party_line.alias()
        if side == "attendee":
            person = t.attendee.alias()
            return People(
                members=person,
                where=and_(person.c.entry == self.line.c.entry, stands_at(person, SIZE)),
                in_force=self._in_force(record, person.c.employer),
                id=person.c.employer,
                place=None,
                record=record,
                role=person.c.role,
                token=person.c.token,
            )
        if self.metric.family == "deal":
            member = t.party_set.alias()
            sets = {"grantor": ("grantors",), "grantee": ("grantees",)}.get(side, t.SETS)
            return People(
                members=member,
                where=or_(*(member.c.set == self.line.c[name] for name in sets)),
                in_force=self._in_force(record, member.c.party_id),
                id=member.c.party_id,
                place=member.c.place,
                record=record,
            )
        named = self.line.c.borrower if side == "borrower" else self.line.c.party_id
        return People(None, true(), self._in_force(record, named), id=named, place=None, record=record)

    def all_of(self, tests: Sequence[Test], people: People) -> ColumnElement[bool]:
        return and_(true(), *(self._party(test, people) for test in tests))

    def left(self, side: str, people: People) -> ColumnElement[bool]:
        """Whether one of `people` is left on a side after all its tests; without tests everybody is."""
        tests = self.metric.side_tests(side)
        return and_(self._is_looked_at(side, people), self.all_of(tests, people)) if tests else true()

    def _is_looked_at(self, side: str, people: People) -> ColumnElement[bool]:
        """Where the lead decides, nobody else is asked."""
        return people.place == 1 if self._match(side) == "lead" and people.place is not None else true()

    # --- one test --------------------------------------------------------------------------------------------------

    def _plain(self, test: Test) -> ColumnElement[bool]:
        values = allowed(test, self.scope)
        if test.field == "patent.in_force":
            span = t.in_force.alias()
            stands = exists().where(
                span.c.patent_id == self.line.c.patent_id,
                span.c.begins <= self.day,
                span.c.ends > self.day,
                stands_at(span, SIZE),
            )
            return among(stands, values)
        if test.field == "recorder.region":
            return self.recorder_in(values)
        passes: ColumnElement[bool] = self.line.c[PLAIN[test.field]].in_(values)
        if test.field in ONLY_FOR:
            return or_(self.line.c.kind != ONLY_FOR[test.field], passes)
        return passes

    def _party(self, test: Test, people: People) -> ColumnElement[bool]:
        values = allowed(test, self.scope)
        attribute = test.field.partition(".")[2]
        if test.field == "grantee.is_operator":
            return among(func.coalesce(people.id == operator_on(self.scope, self.day), false()), values)
        if test.field == "attendee.role":
            assert people.role is not None
            return people.role.in_(values)
        if attribute == "region":
            return within(people.record.c.region, values)
        if attribute in LIST_VALUED:
            told = t.label.alias()
            labelled = select(told.c.entry).where(told.c.what == LABEL_OF[attribute], told.c.value.in_(values))
            among_them: ColumnElement[bool] = people.record.c.entry.in_(labelled)
            return among_them
        column: ColumnElement[Any] = people.record.c[attribute]
        return column.in_(values)

    def _in_force(self, record: Any, party_id: ColumnElement[Any]) -> ColumnElement[bool]:
        return and_(
            record.c.party_id == party_id, record.c.begins <= self.day, record.c.ends > self.day, stands_at(record, SIZE)
        )


def among(truth: ColumnElement[bool], values: Sequence[str | bool]) -> ColumnElement[bool]:
    """`truth in values`, for a value that is true or false."""
    return or_(false(), *(truth if value else ~truth for value in values))


def within(region: ColumnElement[Any], values: Sequence[str | bool]) -> ColumnElement[bool]:
    """Whether a region lies in one of `values` (`facts.regions.covers`)."""
    tests = []
    for value in values:
        prefix = region_prefix(str(value))
        tests.append(region == str(value) if prefix is None else region.like(prefix + "%"))
    return or_(false(), *tests)


def operator_on(scope: Scope, day: ColumnElement[Any]) -> ColumnElement[Any]:
    """The subject's operator on a day."""
    spans = [(and_(day >= o.begins, day < o.ends), literal(o.party_id)) for o in scope.operators if o.party_id]
    return case(*spans, else_=null()) if spans else null()


def in_window(day: ColumnElement[Any]) -> ColumnElement[bool]:
    """`Question.counts_on`."""
    return and_(day <= ON, day < ENDS, day >= BEGINS)


def parameters(question: Question, size: int) -> dict[str, Any]:
    """The values of what changes from day to day in questions that are put in the same words."""
    return {
        SIZE.key: size,
        ON.key: question.on,
        STATE_DAY.key: question.state_day,
        BEGINS.key: question.window.begins or date.min,
        ENDS.key: question.window.ends,
    }
