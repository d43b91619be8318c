"""Files that are refused: every fault with its file, its key and a reason, and none that only follows from another.

Each file in `broken/` opens with what is wrong with it; `REFUSED` says what must be reported.
"""

from pathlib import Path

import pytest

from ledger.kpi.language import BadProgrammes, check_files

BROKEN = Path(__file__).parent / "broken"

REFUSED = {
    "breaks-off.toml": [("line 3", "Invalid value")],
    "circles.toml": [
        ("metric.c.extends", "leads back to itself: a -> b -> c -> a"),
        ("metric.y.sum", "leads back to itself: x -> y -> x"),
        ("programme.p.target.two.all", "leads back to one"),
        ("programme.p.target.three.any", "leads back to three"),
    ],
    "defined-twice.toml": [("metric.pools", "already defined in"), ("programme.hubei-2025", "already defined in")],
    "drops.toml": [
        ("metric.nothing_to_drop.where.grantee.size", "no such test is inherited"),
        ("metric.nothing_inherited.where.recorder.region", "no such test is inherited"),
        ("metric.beside_others.where.grantee.size", "'*' is not one of large, medium, small, micro"),
    ],
    "encoding.toml": [("line 3", "is not UTF-8")],
    "families.toml": [
        ("metric.statement.from", "open_licence_statement counts nothing"),
        ("metric.pledge_lines.count", "pledge has no count patents"),
        ("metric.pledge_lines.date", "pledge has no day signed_on"),
        ("metric.pledge_lines.match", "match is for deals"),
        ("metric.pledge_lines.where.grantee.size", "is no field of pledge"),
        ("metric.pledge_lines.where.patent.in_force", "is no field of pledge"),
        ("metric.standing_deals.where.grantor.colour", "there is no such field"),
        ("metric.standing_deals.where.grantee", 'a field is written in quotes, as in "grantor.kind"'),
        ("metric.standing_deals.stock", "deal has no state on a day"),
        ("metric.standing_deals.where.kind", "allows nothing that from = licence counts"),
        ("metric.other_family.count", "activity has no count distinct:ref_no"),
        ("metric.other_family.date", "activity has no day on"),
        ("metric.other_family.where.output.type", "is no field of activity"),
        ("metric.other_family.where.output.status", "is no field of activity"),
    ],
    "goals.toml": [
        ("programme.p.target.both.growth", "value and growth exclude each other"),
        ("programme.p.target.equal.op", "'==' is not one of >=, >"),
        ("programme.p.target.half.value", "a count in 次 is a whole number"),
        ("programme.p.target.number.value", "must be text, not the number 300"),
        ("programme.p.target.exponent.value", "no plain decimal number"),
        ("programme.p.target.negative.value", "no plain decimal number"),
        ("programme.p.target.padded.value", "no plain decimal number"),
        ("programme.p.target.nought.growth", "a growth factor is above 0"),
        ("programme.p.target.percent.growth", "no plain decimal number"),
        ("programme.p.target.years.years", "only with growth"),
        ("programme.p.target.panel.panel", "only with growth"),
        ("programme.p.target.other.years", "must be from 1 to 100"),
        ("programme.p.target.other.panel", "'all' is not one of same"),
        ("programme.p.target.unbased.years", "as_of has no window before it"),
        ("programme.p.target.level.level", "'should' is not one of must, strive, encourage"),
        ("programme.p.target.ratio.per", "cannot be divided by hei_sme_times in 次"),
        ("programme.p.target.yearly.per", "cannot be divided by fees_a_year in 万元/年"),
    ],
    "ids.toml": [
        ("metric.Pools", "an id is a small letter"),
        ("metric.专利池", "an id is a small letter"),
        ("programme.2025-hubei", "an id is a small letter"),
        ("programme.2025-hubei.subject", "'city' is not one of centre, park, region, province"),
        ("programme.2025-hubei.target.A.id", "an id is a small letter"),
        ("programme.2025-hubei.target.b.id", "already has a target b"),
    ],
    "missing.toml": [
        *((f"metric.empty.{key}", "missing") for key in ("label", "from", "count", "unit")),
        ("metric.undated.label.en", "missing"),
        ("metric.undated.date", "missing: a metric without stock = true"),
        ("metric.unlabelled.label", "missing"),
        ("metric.sum.label", "missing"),
        ("metric.sum.unit", "missing"),
        *((f"programme.empty.{key}", "missing") for key in ("title", "source", "subject", "target")),
        *((f"programme.p.target.1.{key}", "missing") for key in ("id", "clause", "window", "op", "value")),
        ("programme.p.target.a.value", "missing: a figure is held against value or growth"),
        ("programme.p.target.b.label", "missing: any"),
        ("programme.p.target.c.label", "missing: evidence"),
        ("programme.p.target.d.label", "missing: a ratio"),
    ],
    "sorts.toml": [
        ("programme.p.target.nothing", "asks nothing"),
        ("programme.p.target.figure.evidence", "metric and evidence exclude each other"),
        ("programme.p.target.two.all", "any and all exclude each other"),
        ("programme.p.target.decided.window", "no meaning with evidence"),
        ("programme.p.target.decided.value", "no meaning with evidence"),
        ("programme.p.target.joint.op", "no meaning with any"),
        ("programme.p.target.joint.value", "no meaning with any"),
        ("programme.p.target.repeated.any", "names figure twice"),
    ],
    "sums.toml": [
        ("metric.mixed_units.sum", "pledge_loans is in 项, the sum in 万元"),
        ("metric.in_yuan.sum", "pledge_amount is in 万元, the sum in 元"),
        ("metric.with_more.extends", "a sum has only sum, unit and label"),
        ("metric.with_more.where", "a sum has only sum, unit and label"),
        ("metric.twice.sum", "pledge_amount would be added twice"),
        ("metric.state_and_flow.sum", "adds states on a day to what happened"),
        ("metric.nothing.sum", "is an empty list"),
        ("metric.child_of_a_sum.extends", "is a sum"),
    ],
    "syntax.toml": [("line 3", "Illegal character")],
    "units.toml": [
        ("metric.amount.unit", "sum:amount is money"),
        ("metric.lines.unit", "lines is a number, not money in 万元"),
        ("metric.yearly.unit", "an annualised sum is in 万元/年, not in 万元"),
        ("metric.loans.unit", "sum:loan_amount is money"),
        ("metric.deliveries.unit", "sum:deliveries is a number, not money in 元"),
    ],
    "unknown-keys.toml": [
        ("note", "unknown key"),
        ("metric.m.wher", "unknown key"),
        ("metric.m.label.de", "unknown key"),
        ("programme.p.month", "unknown key"),
        ("programme.p.target.a.weight", "unknown key"),
        ("programme.p.target.b.weight", "unknown key"),
        ("programme.p.target.b", "asks nothing"),
    ],
    "unknown-names.toml": [
        ("metric.orphan.extends", "there is no metric nowhere"),
        ("metric.total.sum", "there is no metric nothing"),
        ("programme.p.target.a.metric", "there is no metric pool"),
        ("programme.p.target.c.per", "there is no metric poools"),
        ("programme.p.target.d.all", "the programme has no target e"),
    ],
    "values.toml": [
        ("metric.m.match", "'most' is not one of any, all, lead"),
        ("metric.m.where.kind", "'loan' is not one of transfer, licence, open_licence, equity"),
        ("metric.m.where.transfer.cause", "allows nothing"),
        ("metric.m.where.grantor.region", "'4205' is no region"),
        ("metric.m.where.grantor.region", "'420500-Park' is no region"),
        ("metric.m.where.grantor.industry", "only $subject.industry can stand here"),
        ("metric.m.where.grantee.kind", "names enterprise twice"),
        ("metric.m.where.grantee.chain", "' photonics' is blank or has blanks around it"),
        ("metric.m.where.grantee.chain", "'' is blank or has blanks around it"),
        ("metric.m.where.grantee.tags", "$subject.industry does not stand for a value"),
        ("metric.m.where.grantee.is_operator", "asks for true or false"),
        ("metric.m.where.deal.matched_via", "is not in NFC"),
    ],
    "windows.toml": [
        ("programme.p.target.word.window", "'each_month': no window"),
        ("programme.p.target.last.window", "'last:0m': no window"),
        ("programme.p.target.backward.window", "FROM is not before TO"),
        ("programme.p.target.empty.window", "FROM is not before TO"),
        ("programme.p.target.february.window", "'2025-02-29/2026-01-01'"),
        ("programme.p.target.any.any", "calendar is not judged for each_year"),
        ("programme.p.target.any.any", "period is not judged for each_year"),
        ("programme.p.target.any.any", "decided is not judged for each_year"),
    ],
    "wrong-types.toml": [
        ("metric.flat", "must be a table, not text"),
        ("metric.m.label", "must be a table, not text"),
        ("metric.m.from", "must be text, not a list"),
        ("metric.m.count", "must be text, not the number 1"),
        ("metric.m.unit", "must be text, not true"),
        ("metric.m.date", "must be a list of texts"),
        ("metric.m.stock", "must be true or false, not text"),
        ("metric.m.match", "must be text, not the number 1.5"),
        ("metric.m.where", "must be a table, not a list"),
        ("metric.n.label.zh", "must be text, not the number 1"),
        ("metric.n.label.en", "has blanks around it"),
        ("metric.n.unit", "is blank"),
        ("metric.n.date", "must be a list of texts"),
        ("metric.n.where.kind", "must be a list of the allowed values"),
        ("metric.n.where.deal.related_party", "asks for true or false"),
        ("metric.n.where.grantee.size", "asks for text"),
        ("programme.p.title.en", "must be one line"),
        ("programme.p.source", "must be text, not the number 0"),
        ("programme.p.months", "must be a whole number, not true"),
        ("programme.p.target.a.clause", "must be text, not the number 1"),
        ("programme.p.target.a.window", "must be text, not a date or time"),
        ("programme.p.target.a.value", "must be text, not the number 1.0"),
        ("programme.p.target.b.hidden", "must be true or false, not text"),
        ("programme.p.target.b.any", "must be a list of texts"),
        ("programme.p.target.c.evidence", "must be true or false, not the number 1"),
        ("programme.p.target.c", "asks nothing"),
        ("programme.q.months", "must be from 1 to 1200"),
        ("programme.q.target", "must be a list of tables"),
        ("programme.r.target", "is an empty list"),
    ],
}


@pytest.mark.parametrize("name", sorted(path.name for path in BROKEN.glob("*.toml")))
def test_a_broken_file_is_refused_with_every_fault_and_no_other(name: str):
    with pytest.raises(BadProgrammes) as caught:
        check_files([BROKEN / name])
    faults = caught.value.faults
    assert {fault.file for fault in faults} == {str(BROKEN / name)}
    assert sorted(fault.key for fault in faults) == sorted(key for key, _ in REFUSED[name])
    for key, reason in REFUSED[name]:
        assert any(fault.key == key and reason in fault.reason for fault in faults), f"{key}: {reason}"


def test_the_faults_of_all_files_come_at_once_and_one_a_line():
    with pytest.raises(BadProgrammes) as caught:
        check_files([BROKEN / "units.toml", BROKEN / "syntax.toml", BROKEN / "ids.toml"])
    lines = str(caught.value).splitlines()
    assert len(lines) == len(caught.value.faults) == sum(len(REFUSED[name]) for name in ("units.toml", "syntax.toml", "ids.toml"))
    assert f"{BROKEN / 'syntax.toml'}: line 3: " in str(caught.value)


def test_no_expectation_is_without_its_file():
    assert set(REFUSED) == {path.name for path in BROKEN.glob("*.toml")}


def test_a_file_of_endless_brackets_is_a_fault_and_no_crash(tmp_path: Path):
    file = tmp_path / "deep.toml"
    file.write_text("[metric.m]\ndate = " + "[" * 20_000)
    with pytest.raises(BadProgrammes) as caught:
        check_files([file])
    assert [fault.file for fault in caught.value.faults] == [str(file)]
