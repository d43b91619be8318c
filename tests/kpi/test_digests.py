"""Resolved definitions: what enters their digest, how they are answered, and how a kept one is read again."""

import hashlib
import json

import pytest

from ledger.kpi.language import BadProgrammes, Catalogue, load_all, revive
from tests.kpi.texts import LICENCES, programme_with


def test_the_digest_of_a_metric_can_be_worked_by_hand(built_in: Catalogue):
    canonical = (
        '{"count":"patents","date":[],"from":"admission",'
        '"label":{"en":"Distinct patents in the pools and in force","zh":"入池有效专利"},'
        '"match":"any","order":["patent.in_force"],"stock":true,"unit":"件","where":{"patent.in_force":[true]}}'
    )
    assert built_in.metrics["pool_patents"].digest == hashlib.sha256(canonical.encode()).hexdigest()


def test_the_digest_of_a_programme_can_be_worked_by_hand(built_in: Catalogue):
    metric = (
        '{"count":"entries","date":["held_on"],"from":"activity",'
        '"label":{"en":"Supply and demand events by recorders of the region","zh":"本地区专利供需对接活动(次)"},"match":"any",'
        '"order":["activity.type","recorder.region"],"stock":false,"unit":"次",'
        '"where":{"activity.type":["matchmaking","roadshow","auction"],"recorder.region":["$subject.region"]}}'
    )
    canonical = (
        f'{{"metrics":{{"region_events":{metric}}},"source":"001","subject":"province",'
        '"target":[{"clause":"二.2","evidence":false,"hidden":false,"id":"events",'
        '"label":{"en":"Supply and demand events by recorders of the region","zh":"本地区专利供需对接活动(次)"},"level":"must",'
        '"metric":"region_events","op":">=","value":"4","window":"2024-01-01/2025-01-01"}],'
        '"title":{"en":"Hubei IP service campaign 2024, the province","zh":"2024 年“知识产权服务万里行”(省级)"}}'
    )
    assert built_in.programmes["hubei-2024-province"].digest == hashlib.sha256(canonical.encode()).hexdigest()


def test_comments_and_the_order_of_keys_do_not_enter_a_digest(catalogue_of):
    shuffled = """
        # a remark
        [metric.licences]
        date = ["registered_on"]   # another
        unit = "次"
        count = "lines"
        match = "any"
        stock = false
        from = "licence"
        where = { "grantor.kind" = ["university"], "grantee.size" = ["small", "micro"], "deal.related_party" = [false] }
        label = { en = "Licences", zh = "许可次数" }
        """
    assert catalogue_of(LICENCES).metrics["licences"] == catalogue_of(shuffled).metrics["licences"]


def test_files_and_inheritance_do_not_enter_a_digest(catalogue_of):
    head, _ = LICENCES.split("[metric.licences.where]")
    where = '[metric.base.where]\n"grantor.kind" = ["university"]\n"grantee.size" = ["large"]\n'
    abstract = head.replace("licences", "base") + where
    child = """
        [metric.licences]
        extends = "base"
        label = { zh = "许可次数", en = "Licences" }
        where = { "grantee.size" = ["small", "micro"], "deal.related_party" = [false] }
        """
    assert catalogue_of(child, abstract).metrics["licences"].digest == catalogue_of(LICENCES).metrics["licences"].digest


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param('"许可次数"', '"次数"', id="the label"),
        pytest.param('"lines"', '"entries"', id="the count"),
        pytest.param('"次"', '"条"', id="the unit"),
        pytest.param('"licence"', '"deal"', id="the kind"),
        pytest.param('["registered_on"]', '["registered_on", "signed_on"]', id="the days"),
        pytest.param('"small", "micro"', '"small"', id="a value"),
        pytest.param('"grantor.kind" = ["university"]', "", id="a test"),
        pytest.param('"registered_on"]', '"registered_on"]\nmatch = "lead"', id="the match"),
    ],
)
def test_whatever_decides_a_figure_enters_its_digest(catalogue_of, old: str, new: str):
    assert LICENCES.count(old) == 1
    assert catalogue_of(LICENCES.replace(old, new)).metrics["licences"].digest != catalogue_of(LICENCES).metrics["licences"].digest


def test_the_order_of_tests_enters_because_it_decides_what_a_line_is_excluded_for(catalogue_of):
    *rest, size, related = LICENCES.splitlines()
    swapped = "\n".join([*rest, related, size])
    assert catalogue_of(swapped).metrics["licences"].digest != catalogue_of(LICENCES).metrics["licences"].digest


def test_a_programme_changes_with_every_metric_that_it_reaches(catalogue_of):
    total = '[metric.total]\nlabel = { zh = "合计", en = "T" }\nunit = "次"\nsum = ["licences"]\n'
    target = '{ id = "a", clause = "1", metric = "total", window = "period", op = ">=", value = "1" }'
    before = catalogue_of(LICENCES, total, programme_with(target))
    after = catalogue_of(LICENCES.replace('["university"]', '["enterprise"]'), total, programme_with(target))
    assert before.programmes["p"].digest != after.programmes["p"].digest
    assert before.metrics["total"].digest != after.metrics["total"].digest
    assert before.programmes["hubei-2025"].digest == after.programmes["hubei-2025"].digest


def test_a_definition_is_answered_under_the_names_of_the_files(built_in: Catalogue):
    resolved = built_in.programmes["jiangsu-2024-centre"].resolved
    assert resolved["target"][4] == {
        "id": "conversion",
        "clause": "四(二)2(2)",
        "label": {
            "zh": "企业接受高校院所专利 100 件以上或金额超过 1000 万元",
            "en": "At least 100 patents or more than 10 million yuan",
        },
        "window": "each_year",
        "any": ["patents", "amount"],
        "level": "must",
        "evidence": False,
        "hidden": False,
    }
    assert list(resolved["metrics"]["hei_enterprise_patents"]["where"]) == resolved["metrics"]["hei_enterprise_patents"]["order"]


@pytest.mark.parametrize("programme_id", sorted(load_all().programmes))
def test_a_kept_definition_gives_the_same_programme_again(built_in: Catalogue, programme_id: str):
    programme = built_in.programmes[programme_id]
    kept = json.loads(json.dumps(programme.resolved, sort_keys=True))
    assert revive(programme_id, kept) == programme


def test_a_kept_sum_comes_back_with_its_parts(catalogue_of):
    target = '{ id = "a", clause = "1", metric = "form_industrialisation_and_finance", window = "ytd", op = ">", value = "0.5" }'
    programme = catalogue_of(programme_with(target)).programmes["p"]
    assert revive("p", json.loads(json.dumps(programme.resolved, sort_keys=True))) == programme


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda kept: kept["metrics"].pop("pools"), id="a metric lost"),
        pytest.param(lambda kept: kept.pop("source"), id="a key lost"),
        pytest.param(lambda kept: kept.update(note="x"), id="a key added"),
        pytest.param(lambda kept: kept["metrics"]["hei_sme_times"]["order"].pop(), id="a test out of order"),
        pytest.param(lambda kept: kept["metrics"].update(more=kept["metrics"]["pools"]), id="a metric that nothing reaches"),
        pytest.param(lambda kept: kept["target"][0].pop("level"), id="a default left out"),
        pytest.param(lambda kept: kept["target"][0].update(value=1), id="a number for a text"),
    ],
)
def test_a_spoiled_kept_definition_is_refused(built_in: Catalogue, spoil):
    kept = json.loads(json.dumps(built_in.programmes["hubei-2025"].resolved))
    spoil(kept)
    with pytest.raises(BadProgrammes):
        revive("hubei-2025", kept)
