"""From the tables `[metric.ID]` to metrics: inheritance, and what may stand together.

- A metric extends another: what it does not say, it takes over, except the label. A test named again keeps its place and gets the
  new values; `["*"]` drops it; new tests come last. That is the order of judging.
- What fits together is judged after inheritance: the count, date and tests with the family, the unit with the count.
- A sum adds figures of one unit, states with states or flows with flows, and no metric twice, however deep it lies.
- A metric that builds on a faulty one is left out without a fault of its own, so that one mistake is told once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ledger.kpi import fields
from ledger.kpi.definitions import Metric, Test, digest_of
from ledger.kpi.reading import Table, first_repeated

_SUM_KEYS: Final = ("label", "sum", "unit")
_KEYS: Final = ("label", "extends", "from", "count", "unit", "date", "where", "stock", "match")
_DEFAULT_MATCH: Final = "any"


@dataclass(frozen=True)
class _Draft:
    """A metric after inheritance, before anything is missed. `source` is the `from`."""

    source: str | None = None
    count: str | None = None
    unit: str | None = None
    date: tuple[str, ...] = ()
    where: tuple[Test, ...] = ()
    stock: bool = False
    match: str = _DEFAULT_MATCH


class Metrics:
    """All metrics of a set of tables, resolved on demand; a faulty one is None."""

    def __init__(self, tables: Mapping[str, Table]) -> None:
        self._tables: Final = tables
        self._drafts: Final[dict[str, _Draft]] = {}
        self._done: Final[dict[str, Metric | None]] = {}
        self._path: Final[list[str]] = []

    def __contains__(self, metric_id: str) -> bool:
        return metric_id in self._tables

    def get(self, metric_id: str) -> Metric | None:
        if metric_id not in self._done:
            self._path.append(metric_id)
            table = self._tables[metric_id]
            before = len(table.faults)
            metric = self._sum(metric_id, table) if "sum" in table else self._counting(metric_id, table)
            self._done[metric_id] = metric if len(table.faults) == before else None
            self._path.pop()
        return self._done[metric_id]

    def all(self) -> dict[str, Metric]:
        metrics = {metric_id: self.get(metric_id) for metric_id in self._tables}
        return {metric_id: metric for metric_id, metric in metrics.items() if metric is not None}

    def _reach(self, table: Table, key: str, metric_id: str) -> Metric | None:
        """Another metric that a table names; an unknown one, or one that leads back here, is a fault of that table."""
        if metric_id not in self._tables:
            table.fault(key, f"there is no metric {metric_id}")
            return None
        if metric_id in self._path:
            circle = [*self._path[self._path.index(metric_id) :], metric_id]
            table.fault(key, f"leads back to itself: {' -> '.join(circle)}")
            return None
        return self.get(metric_id)

    def _sum(self, metric_id: str, table: Table) -> Metric | None:
        for name in table.values:
            if name not in _SUM_KEYS:
                table.fault(name, "a sum has only sum, unit and label" if name in _KEYS else "unknown key")
        table.need("label", "unit")
        label, unit, names = table.label("label"), table.text("unit"), table.names("sum")
        reached = [self._reach(table, "sum", name) for name in names or ()]
        parts = tuple(part for part in reached if part is not None)
        if label is None or unit is None or not parts or len(parts) < len(reached):
            return None
        for part in parts:
            if part.unit != unit:
                table.fault("sum", f"{part.id} is in {part.unit}, the sum in {unit}")
        leaves = [leaf for part in parts for leaf in part.parts]
        if (twice := first_repeated([leaf.id for leaf in leaves])) is not None:
            table.fault("sum", f"{twice} would be added twice")
        if len({leaf.stock for leaf in leaves}) > 1:
            table.fault("sum", "adds states on a day to what happened in a window")
        resolved = {
            "label": {"zh": label.zh, "en": label.en},
            "sum": [part.id for part in parts],
            "unit": unit,
            "metrics": with_reach(parts),
        }
        return Metric(
            id=metric_id, label=label, family="", kinds=(), count="", unit=unit, date=(), where=(), stock=leaves[0].stock,
            match=_DEFAULT_MATCH, sum=parts, digest=digest_of(resolved), resolved=resolved,
        )  # fmt: skip

    def _counting(self, metric_id: str, table: Table) -> Metric | None:
        table.closed(*_KEYS)
        table.need("label")
        label = table.label("label")
        source, count, unit, date = table.text("from"), table.text("count"), table.text("unit"), table.names("date")
        stock, match, tests = table.flag("stock"), table.word("match", fields.MATCHES), _tests(table)
        inherited = _Draft()
        if (parent_id := table.text("extends")) is not None:
            parent = self._reach(table, "extends", parent_id)
            if parent is not None and parent.sum:
                table.fault("extends", f"{parent_id} is a sum, which has nothing to take over")
                parent = None
            if parent is None:
                return None
            inherited = self._drafts[parent_id]
        draft = _Draft(
            source=source or inherited.source,
            count=count or inherited.count,
            unit=unit or inherited.unit,
            date=date or inherited.date,
            where=_overlay(table, inherited.where, tests),
            stock=inherited.stock if stock is None else stock,
            match=match or inherited.match,
        )
        self._drafts[metric_id] = draft
        narrowed = _fit(table, draft)
        if label is None or narrowed is None or draft.count is None or draft.unit is None:
            return None
        family, kinds = narrowed
        resolved = {
            "label": {"zh": label.zh, "en": label.en},
            "from": draft.source,
            "count": draft.count,
            "unit": draft.unit,
            "date": list(draft.date),
            "where": {test.field: list(test.allowed) for test in draft.where},
            "order": [test.field for test in draft.where],
            "stock": draft.stock,
            "match": draft.match,
        }
        return Metric(
            id=metric_id, label=label, family=family.name, kinds=kinds, count=draft.count, unit=draft.unit, date=draft.date,
            where=draft.where, stock=draft.stock, match=draft.match, sum=(), digest=digest_of(resolved), resolved=resolved,
        )  # fmt: skip


def with_reach(metrics: tuple[Metric, ...]) -> dict[str, object]:
    """The resolved definitions of some metrics and of all below them, by id and each without the ones it reaches itself."""
    found: dict[str, object] = {}
    for metric in metrics:
        found |= with_reach(metric.sum)
        found[metric.id] = {name: value for name, value in metric.resolved.items() if name != "metrics"}
    return found


def _tests(table: Table) -> tuple[Test, ...]:
    """The tests that a table itself names, as far as they make sense by themselves."""
    where = table.table("where")
    if where is None:
        return ()
    tests = []
    for name, allowed in where.values.items():
        field = fields.FIELDS.get(name)
        if field is None:
            where.fault(name, 'there is no such field to test; a field is written in quotes, as in "grantor.kind"')
        elif not isinstance(allowed, list):
            where.fault(name, "must be a list of the allowed values")
        elif not allowed:
            where.fault(name, "allows nothing")
        elif allowed == [fields.DROP]:
            tests.append(Test(name, (fields.DROP,)))
        elif problems := [problem for value in allowed if (problem := field.problem(value))]:
            for problem in problems:
                where.fault(name, problem)
        elif (repeated := first_repeated(allowed)) is not None:
            where.fault(name, f"names {repeated} twice")
        else:
            tests.append(Test(name, tuple(allowed)))
    return tuple(tests)


def _overlay(table: Table, inherited: tuple[Test, ...], own: tuple[Test, ...]) -> tuple[Test, ...]:
    where = {test.field: test for test in inherited}
    for test in own:
        if test.allowed != (fields.DROP,):
            where[test.field] = test  # a dict keeps the place of a key that is set again
        elif where.pop(test.field, None) is None:
            table.fault(f"where.{test.field}", 'no such test is inherited that ["*"] could drop')
    return tuple(where.values())


def _fit(table: Table, draft: _Draft) -> tuple[fields.Family, tuple[str, ...]] | None:
    """The family and kinds that a metric counts, after noting what is missing and what does not belong there."""
    for name, value in (("from", draft.source), ("count", draft.count), ("unit", draft.unit)):
        if value is None and name not in table:
            table.fault(name, "missing")
    if draft.source is None:
        return None
    narrowed = fields.family_of(draft.source)
    if narrowed is None:
        table.fault("from", f"{draft.source} counts nothing; a kind of deal, or one of {', '.join(fields.FAMILIES)}")
        return None
    family, kinds = narrowed
    if draft.count is not None and draft.count not in family.counts:
        table.fault("count", f"{family.name} has no count {draft.count}; it has {', '.join(family.counts)}")
    elif draft.count is not None and draft.unit is not None and (problem := fields.unit_problem(draft.count, draft.unit)):
        table.fault("unit", problem)
    for name in draft.date:
        if name not in family.dates:
            table.fault("date", f"{family.name} has no day {name}; it has {', '.join(family.dates)}")
    if not draft.date and not draft.stock and "date" not in table:
        table.fault("date", "missing: a metric without stock = true needs the days that date it")
    if draft.stock and not family.stock:
        table.fault("stock", f"{family.name} has no state on a day")
    if draft.match != _DEFAULT_MATCH and family.name != "deal":
        table.fault("match", f"{family.name} has no side with several parties; match is for deals")
    for test in draft.where:
        if test.field not in family.tests:
            table.fault(f"where.{test.field}", f"is no field of {family.name}; it has {', '.join(family.tests)}")
        elif test.field == "kind" and kinds and not set(kinds) & set(test.allowed):
            table.fault("where.kind", f"allows nothing that from = {draft.source} counts")
    return narrowed
