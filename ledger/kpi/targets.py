"""From the tables `[programme.ID]` to programmes and their targets.

- A target is one of three: a figure of a `metric` held against `value` or `growth`; the verdicts of other targets joined by `any`
  or `all`; or `evidence = true`, which a person decides. Keys of one sort have no meaning in another and are refused there.
- A ratio (`per`), a joint target and evidence have a label of their own; a plain figure may take its metric's.
- Parts of a joint target belong to the same programme and do not lead back to it. Under an each-window they are judged part by
  part, so they have that very window.
- Growth compares with an earlier window: `as_of` has one only with `years`.

Whether a target is met is `scorecard`'s question.
"""

from collections.abc import Mapping
from typing import Final

from ledger.facts.money import MONEY_UNITS, BadMoney, parse_decimal
from ledger.kpi import fields, windows
from ledger.kpi.definitions import Label, Metric, Programme, Target, digest_of, exact_in
from ledger.kpi.metrics import Metrics, with_reach
from ledger.kpi.reading import Table, check_id

SUBJECTS: Final = ("centre", "park", "region", "province")
LEVELS: Final = ("must", "strive", "encourage")
OPERATORS: Final = (">=", ">")
PANELS: Final = ("same",)
_MONTHS_MAX: Final = 1200
_YEARS_MAX: Final = 100

_COMMON: Final = ("id", "clause", "label", "level", "hidden", "evidence")
_FIGURE: Final = ("metric", "per", "window", "op", "value", "growth", "years", "panel")
_JOINT: Final = ("any", "all", "window")


def programme(programme_id: str, table: Table, metrics: Metrics) -> Programme | None:
    """The programme of a table; None after its faults have been noted, or where it builds on a faulty metric."""
    before = len(table.faults)
    table.closed("title", "source", "subject", "months", "target")
    table.need("title", "source", "subject", "target")
    title, source, subject = table.label("title"), table.text("source"), table.word("subject", SUBJECTS)
    months = table.number("months", most=_MONTHS_MAX)
    tables = table.tables("target")
    targets = tuple(target for one in tables if (target := _target(one, metrics)))
    _join(tables)
    if len(table.faults) > before or len(targets) < len(tables) or title is None or source is None or subject is None:
        return None
    resolved = {
        "title": _words(title),
        "source": source,
        "subject": subject,
        **({} if months is None else {"months": months}),
        "target": [_resolved(target) for target in targets],
        "metrics": with_reach(tuple(metric for target in targets for metric in (target.metric, target.per) if metric)),
    }
    return Programme(
        id=programme_id, title=title, source=source, subject=subject, months=months, targets=targets,
        digest=digest_of(resolved), resolved=resolved,
    )  # fmt: skip


def _target(table: Table, metrics: Metrics) -> Target | None:
    before = len(table.faults)
    table.need("id", "clause")
    target_id, clause = table.checked("id", check_id), table.text("clause")
    evidence, hidden = table.flag("evidence") or False, table.flag("hidden") or False
    level = table.word("level", LEVELS) or LEVELS[0]
    sort = _sort(table, evidence)
    metric, per = _metric(table, "metric", metrics), _metric(table, "per", metrics)
    label = table.label("label") or (metric.label if metric and "label" not in table else None)
    unit = fields.RATIO_UNIT if "per" in table else metric.unit if metric else None
    window, op = table.checked("window", windows.check), table.word("op", OPERATORS)
    value = table.checked("value", lambda text: _check_value(text, unit))
    growth = table.checked("growth", _check_growth)
    years, panel = table.number("years", most=_YEARS_MAX), table.word("panel", PANELS)
    any_of, all_of = table.names("any") or (), table.names("all") or ()
    if sort == "metric":
        _check_figure(table, metric, per)
    elif sort is not None and "label" not in table:
        table.fault("label", f"missing: {sort} has no metric to take it from")
    if ("metric" in table and metric is None) or ("per" in table and per is None) or len(table.faults) > before:
        return None
    if target_id is None or clause is None or label is None:
        return None
    return Target(
        id=target_id, clause=clause, label=label, unit=unit, metric=metric, per=per, window=window, op=op, value=value,
        growth=growth, years=years, panel=panel, any_of=any_of, all_of=all_of, level=level, evidence=evidence, hidden=hidden,
    )  # fmt: skip


def _sort(table: Table, evidence: bool) -> str | None:
    """What a target asks: metric, any, all or evidence. Notes keys that have no meaning there; None if it is not just one."""
    sorts = [name for name in ("metric", "any", "all") if name in table] + ["evidence"] * evidence
    if len(sorts) != 1:
        for name in table.values:
            if name not in (*_COMMON, *_FIGURE, *_JOINT):
                table.fault(name, "unknown key")
        if sorts:
            table.fault(sorts[-1], f"{' and '.join(sorts)} exclude each other")
        else:
            table.fault("", "asks nothing: metric, any, all or evidence = true")
        return None
    fitting = {"metric": _FIGURE, "evidence": ()}.get(sorts[0], _JOINT)
    for name in table.values:
        if name not in (*_COMMON, *fitting):
            table.fault(name, f"has no meaning with {sorts[0]}" if name in (*_FIGURE, *_JOINT) else "unknown key")
    return sorts[0]


def _metric(table: Table, name: str, metrics: Metrics) -> Metric | None:
    metric_id = table.text(name)
    if metric_id is None:
        return None
    if metric_id not in metrics:
        table.fault(name, f"there is no metric {metric_id}")
        return None
    return metrics.get(metric_id)


def _check_figure(table: Table, metric: Metric | None, per: Metric | None) -> None:
    table.need("window", "op")
    if "per" in table and "label" not in table:
        table.fault("label", "missing: a ratio needs a label of its own")
    if metric and per and _measure(metric) != _measure(per):
        table.fault("per", f"{metric.id} in {metric.unit} cannot be divided by {per.id} in {per.unit}")
    if "value" in table and "growth" in table:
        table.fault("growth", "value and growth exclude each other")
    elif "growth" in table:
        if table.values.get("window") == "as_of" and "years" not in table:
            table.fault("years", "missing: as_of has no window before it, only one years earlier")
    else:
        if "value" not in table:
            table.fault("value", "missing: a figure is held against value or growth")
        for name in ("years", "panel"):
            if name in table:
                table.fault(name, "has a meaning only with growth")


def _measure(metric: Metric) -> str:
    """What may be divided by each other: amounts, amounts a year, counts."""
    if metric.unit == fields.PER_YEAR:
        return metric.unit
    return "amount" if metric.unit in MONEY_UNITS else "count"


def _check_value(text: str, unit: str | None) -> None:
    try:
        # Without a unit the metric is faulty or missing, which has been said; the text can still be no number at all.
        exact_in(text, unit or fields.RATIO_UNIT)
    except BadMoney as error:
        raise ValueError("is no plain decimal number: no sign, exponent, blanks or leading zeros") from error


def _check_growth(text: str) -> None:
    _check_value(text, None)
    if parse_decimal(text) == 0:
        raise ValueError("a growth factor is above 0")


def _join(tables: tuple[Table, ...]) -> None:
    """Notes ids given twice, parts that do not exist, have another each-window, or lead back to what they are parts of."""
    by_id: dict[str, Table] = {}
    for table in tables:
        target_id = table.values.get("id")
        if isinstance(target_id, str) and by_id.setdefault(target_id, table) is not table:
            table.fault("id", f"the programme already has a target {target_id}")
    for table in by_id.values():
        window = table.values.get("window")
        for key, part_id in _parts(table):
            if part_id not in by_id:
                table.fault(key, f"the programme has no target {part_id}")
            elif window in windows.EACH and by_id[part_id].values.get("window") != window:
                table.fault(key, f"{part_id} is not judged for {window}, as this target is")
    finished: set[str] = set()

    def walk(target_id: str, path: tuple[str, ...]) -> None:
        for key, part_id in _parts(by_id[target_id]):
            if part_id in (*path, target_id):
                by_id[target_id].fault(key, f"leads back to {part_id}, which it is a part of")
            elif part_id in by_id and part_id not in finished:
                walk(part_id, (*path, target_id))
        finished.add(target_id)

    for target_id in by_id:
        if target_id not in finished:
            walk(target_id, ())


def _parts(table: Table) -> list[tuple[str, str]]:
    """The target ids that a joint target names, each with the key that names it; what is no list of texts is noted elsewhere."""
    lists = ((key, table.values.get(key)) for key in ("any", "all"))
    return [(key, item) for key, value in lists if isinstance(value, list) for item in value if isinstance(item, str)]


def _resolved(target: Target) -> dict[str, object]:
    """The target as a file would say it, with its label and defaults; a key without a value or default is left out."""
    said: Mapping[str, object] = {
        "id": target.id,
        "clause": target.clause,
        "label": _words(target.label),
        "metric": target.metric and target.metric.id,
        "per": target.per and target.per.id,
        "window": target.window,
        "op": target.op,
        "value": target.value,
        "growth": target.growth,
        "years": target.years,
        "panel": target.panel,
        "any": list(target.any_of) or None,
        "all": list(target.all_of) or None,
        "level": target.level,
        "evidence": target.evidence,
        "hidden": target.hidden,
    }
    return {name: value for name, value in said.items() if value is not None}


def _words(label: Label) -> dict[str, str]:
    return {"zh": label.zh, "en": label.en}
