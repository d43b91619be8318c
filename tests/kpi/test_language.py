"""The KPI language: what the files say, what they come to, and where they are looked for."""

from fractions import Fraction
from pathlib import Path

import pytest

from ledger.kpi import language
from ledger.kpi.language import BUILT_IN, BadProgrammes, Catalogue, Fault, check_files, load, load_all
from tests.kpi.texts import LICENCES, programme_with


def test_the_built_in_programmes_are_those_of_the_papers(built_in: Catalogue):
    found = built_in.programmes.values()
    assert {programme.id: (programme.source, programme.subject, programme.months) for programme in found} == {
        "hubei-2022": ("003", "province", None),
        "hubei-2024-province": ("001", "province", None),
        "hubei-2024-city": ("001", "region", None),
        "hubei-2025": ("000", "centre", 24),
        "jiangsu-2024-centre": ("004", "centre", 24),
        "jiangsu-2024-park": ("004", "park", 24),
    }


def test_a_target_says_what_its_file_says(built_in: Catalogue):
    target = built_in.programmes["jiangsu-2024-centre"].target("amount")
    assert target is not None
    assert (target.clause, target.window, target.op, target.value) == ("四(二)2(2)", "each_year", ">", "1000")
    assert (target.level, target.hidden, target.evidence, target.growth) == ("must", True, False, None)
    assert target.metric is built_in.metrics["hei_enterprise_amount"]
    assert target.label.zh == "企业接受高校院所转让许可金额"
    assert target.unit == "万元"


def test_a_joint_target_has_a_label_of_its_own_and_no_unit(built_in: Catalogue):
    target = built_in.programmes["jiangsu-2024-centre"].target("conversion")
    assert target is not None
    assert (target.any_of, target.all_of, target.metric, target.unit) == (("patents", "amount"), (), None, None)
    assert target.label.en == "At least 100 patents or more than 10 million yuan"


def test_a_ratio_has_unit_one(built_in: Catalogue):
    target = built_in.programmes["hubei-2022"].target("coverage")
    assert target is not None
    assert target.unit == "1"
    assert target.per is built_in.metrics["firms_to_train"]
    assert target.exact("1.00") == 1


def test_a_target_that_is_not_there_is_none(built_in: Catalogue):
    assert built_in.programmes["hubei-2025"].target("coverage") is None


def test_a_value_is_exact_in_the_unit(built_in: Catalogue):
    programme = built_in.programmes["hubei-2025"]
    amount, times, growth = programme.target("amount"), programme.target("times"), programme.target("growth")
    assert amount is not None
    assert times is not None
    assert growth is not None
    assert amount.exact("5000.00000001") == Fraction(5_000_000_000) + Fraction(1, 100)
    assert times.exact("300") == 300
    for target, text in ((times, "300.0"), (times, "-1"), (amount, "5e3"), (amount, ""), (growth, "1")):
        with pytest.raises(ValueError, match=r"."):
            target.exact(text)


def test_inherited_tests_come_first_and_in_the_order_of_the_file(built_in: Catalogue):
    assert [test.field for test in built_in.metrics["hei_sme_amount"].where] == [
        "kind", "transfer.cause", "grantor.kind", "grantee.kind", "grantee.size", "grantee.chain", "grantee.is_operator",
        "deal.related_party",
    ]  # fmt: skip


def test_a_star_drops_an_inherited_test_and_one_named_again_later_comes_last(built_in: Catalogue):
    assert [test.field for test in built_in.metrics["park_smes"].where] == [
        "kind", "transfer.cause", "grantor.kind", "grantee.kind", "grantee.is_operator", "deal.related_party",
        "grantee.region", "grantee.size",
    ]  # fmt: skip


def test_an_overridden_test_keeps_its_place_and_new_ones_come_last(catalogue_of):
    child = '[metric.child]\nlabel = { zh = "一", en = "C" }\nextends = "licences"\n[metric.child.where]\n'
    where = '"recorder.region" = ["420000"]\n"grantor.kind" = ["enterprise"]\n"deal.role" = ["own"]\n"deal.related_party" = ["*"]\n'
    metric = catalogue_of(LICENCES, child + where).metrics["child"]
    assert [(test.field, test.allowed) for test in metric.where] == [
        ("grantor.kind", ("enterprise",)),
        ("grantee.size", ("small", "micro")),
        ("recorder.region", ("420000",)),
        ("deal.role", ("own",)),
    ]


def test_days_state_match_unit_and_count_are_inherited(catalogue_of, built_in: Catalogue):
    received = built_in.metrics["form_deal_received"]
    assert (received.family, received.count, received.unit, received.date) == ("deal", "sum:received", "万元", ("registered_on",))
    assert built_in.metrics["ip_seed_firms"].stock
    strict = 'match = "all"\n[metric.licences.where]'
    child = '[metric.child]\nlabel = { zh = "一", en = "C" }\nextends = "licences"\n'
    assert catalogue_of(LICENCES.replace("[metric.licences.where]", strict), child).metrics["child"].match == "all"


def test_a_child_may_turn_a_state_into_a_flow(catalogue_of):
    child = '[metric.opened]\nlabel = { zh = "新建", en = "Opened" }\nextends = "pools"\nstock = false\ndate = ["on"]\n'
    metric = catalogue_of(child).metrics["opened"]
    assert (metric.stock, metric.date) == (False, ("on",))


def test_a_kind_of_deal_is_the_family_narrowed_to_it(catalogue_of, built_in: Catalogue):
    metric = catalogue_of(LICENCES).metrics["licences"]
    assert (metric.family, metric.kinds, metric.resolved["from"]) == ("deal", ("licence",), "licence")
    assert built_in.metrics["hei_sme_times"].kinds == ()


def test_a_sum_asks_its_parts(built_in: Catalogue):
    total = built_in.metrics["form_industrialisation_and_finance"]
    assert [part.id for part in total.parts] == ["form_industrialisation", "pledge_amount"]
    assert (total.family, total.count, total.where, total.stock) == ("", "", (), False)
    assert total.is_money


def test_a_sum_of_sums_reaches_every_metric_below(catalogue_of):
    total = '[metric.total]\nlabel = { zh = "合计", en = "T" }\nunit = "万元"\n'
    metric = catalogue_of(total + 'sum = ["form_industrialisation_and_finance", "region_amount"]\n', """
        [metric.region_amount]
        label = { zh = "地区", en = "R" }
        extends = "hei_sme_amount"
        where = { "party.region" = ["$subject.region"] }
        """).metrics["total"]
    assert [part.id for part in metric.parts] == ["form_industrialisation", "pledge_amount", "region_amount"]
    assert metric.needs == {"industry", "region"}
    assert metric.has_region_test
    assert sorted(metric.resolved["metrics"]) == [
        "form_industrialisation", "form_industrialisation_and_finance", "pledge_amount", "region_amount",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("metric", "needs", "region"),
    [
        ("hei_sme_times", {"industry"}, False),
        ("pledge_sme_amount", {"industry"}, False),
        ("park_patents", {"region"}, True),
        ("region_times", {"region"}, True),
        ("region_pledge_amount", {"region"}, True),
        ("region_events", {"region"}, True),
        ("pool_patents", set(), False),
        ("form_industrialisation_and_finance", set(), False),
    ],
)
def test_a_metric_knows_what_it_needs_of_the_subject(built_in: Catalogue, metric: str, needs: set[str], region: bool):
    assert built_in.metrics[metric].needs == needs
    assert built_in.metrics[metric].has_region_test is region


def test_tests_of_one_side_are_judged_together_and_the_rest_on_the_line(built_in: Catalogue):
    metric = built_in.metrics["hei_sme_times"]
    assert [test.field for test in metric.side_tests("grantor")] == ["grantor.kind"]
    assert [test.field for test in metric.side_tests("grantee")] == [
        "grantee.kind", "grantee.size", "grantee.chain", "grantee.is_operator",
    ]  # fmt: skip
    assert [test.field for test in metric.line_tests] == ["kind", "transfer.cause", "deal.related_party"]


def test_an_attendee_and_its_employer_are_one_side(catalogue_of):
    text = '[metric.m]\nlabel = { zh = "一", en = "M" }\nextends = "trainees"\nwhere = { "employer.size" = ["small"] }\n'
    metric = catalogue_of(text).metrics["m"]
    assert [test.field for test in metric.side_tests("attendee")] == ["attendee.role", "employer.size"]
    assert [test.field for test in metric.line_tests] == ["activity.type"]


def test_metrics_and_programmes_can_be_members_of_a_set(built_in: Catalogue):
    assert len({*built_in.metrics.values(), *load_all().metrics.values()}) == len(built_in.metrics)
    assert len({*built_in.programmes.values(), *load_all().programmes.values()}) == len(built_in.programmes)


def test_all_folders_are_one_namespace(tmp_path: Path):
    for name, text in (("one", LICENCES), ("two", '[metric.b]\nlabel = { zh = "一", en = "B" }\nextends = "licences"\n')):
        (tmp_path / name).mkdir()
        (tmp_path / name / "metrics.toml").write_text(text, encoding="utf-8")
    catalogue = load(tmp_path / "two", tmp_path / "one")
    assert set(catalogue.metrics) == {"licences", "b"}
    assert catalogue.metrics["b"].where == catalogue.metrics["licences"].where


def test_a_name_defined_in_two_folders_is_told_with_both_files(tmp_path: Path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "metrics.toml").write_text(LICENCES, encoding="utf-8")
    with pytest.raises(BadProgrammes) as caught:
        load(tmp_path / "one", tmp_path / "two")
    first, second = (str(tmp_path / name / "metrics.toml") for name in ("one", "two"))
    assert caught.value.faults == (Fault(second, "metric.licences", f"is already defined in {first}"),)


def test_a_folder_that_is_given_twice_defines_nothing_twice():
    assert load_all([BUILT_IN]) == load_all()


def test_a_built_in_file_can_be_checked_itself():
    assert check_files([BUILT_IN / "hubei-2025.toml"]) == load_all()


def test_a_folder_that_is_missing_is_a_fault(tmp_path: Path):
    with pytest.raises(BadProgrammes) as caught:
        load_all([tmp_path / "nowhere"])
    assert caught.value.faults == (Fault(str(tmp_path / "nowhere"), "", "there is no such folder"),)


def test_a_folder_without_programmes_is_fine(tmp_path: Path):
    (tmp_path / "notes.txt").write_text("not TOML")
    (tmp_path / "folder.toml").mkdir()
    assert load_all([tmp_path]) == load_all()
    assert load(tmp_path).metrics == {}


def test_a_file_that_is_missing_is_a_fault(tmp_path: Path):
    with pytest.raises(BadProgrammes) as caught:
        check_files([tmp_path / "nowhere.toml"])
    (fault,) = caught.value.faults
    assert (fault.file, fault.key) == (str(tmp_path / "nowhere.toml"), "")


def test_a_checked_file_may_extend_the_built_in_ones(tmp_path: Path):
    file = tmp_path / "city.toml"
    file.write_text('[metric.city]\nlabel = { zh = "一", en = "C" }\nextends = "region_times"\n', encoding="utf-8")
    assert check_files([file]).metrics["city"].family == "deal"
    assert check_files([tmp_path]).metrics["city"].family == "deal"


@pytest.mark.parametrize(
    "targets",
    [
        pytest.param(
            ['{ id = "a", clause = "1", metric = "pushes", window = "each_year", op = ">=", value = "1" }',
             '{ id = "b", clause = "2", evidence = true, label = { zh = "甲", en = "B" } }',
             '{ id = "c", clause = "3", all = ["a", "b"], label = { zh = "乙", en = "C" } }'],
            id="each year and a decision, joined on the whole",
        ),
        pytest.param(
            ['{ id = "c", clause = "3", any = ["a", "b"], window = "each_year", label = { zh = "乙", en = "C" } }',
             '{ id = "a", clause = "1", metric = "pushes", window = "each_year", op = ">", growth = "1.2" }',
             '{ id = "b", clause = "2", all = ["a"], window = "each_year", label = { zh = "甲", en = "B" } }'],
            id="joint targets of joint targets, part by part, in any order",
        ),
        pytest.param(
            ['{ id = "a", clause = "1", metric = "pool_patents", window = "as_of", op = ">=", growth = "1.5", years = 2 }'],
            id="growth of a state against years before",
        ),
        pytest.param(
            ['{ id = "a", clause = "1", metric = "pushes", window = "last:12m", op = ">=", growth = "1", panel = "same" }'],
            id="the same recorders in both windows",
        ),
        pytest.param(
            ['{ id = "a", clause = "1", metric = "hei_sme_times", per = "pool_patents", window = "period", op = ">",'
             ' value = "0.25", label = { zh = "比", en = "Ratio" }, level = "strive" }'],
            id="a ratio of a flow to a state",
        ),
    ],
)  # fmt: skip
def test_targets_that_are_allowed(catalogue_of, targets: list[str]):
    assert len(catalogue_of(programme_with(*targets, months="")).programmes["p"].targets) == len(targets)


@pytest.mark.parametrize(
    "where",
    [
        '"grantee.region" = ["420000", "420506-hitech", "$subject.region"]',
        '"grantee.chain" = ["photonics", "$subject.industry"]',
        '"party.industry" = ["$subject.industry"]',
        '"licence.licence_type" = ["exclusive"]',
        '"transfer.cause" = ["judicial"]',
        '"patent.in_force" = [true, false]',
    ],
)
def test_tests_that_are_allowed(catalogue_of, where: str):
    text = f'[metric.m]\nlabel = {{ zh = "一", en = "M" }}\nextends = "licences"\nwhere = {{ {where} }}\n'
    assert catalogue_of(LICENCES, text).metrics["m"].where[-1].field in where


def test_the_names_that_others_build_on_are_exported():
    assert all(hasattr(language, name) for name in language.__all__)
