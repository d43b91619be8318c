"""Answers: what the contract describes loads, and each member that is missing, surplus or of a wrong sort is noticed."""

import copy
from typing import Any

import pytest
from marshmallow import Schema, ValidationError

from schemas import answers, figures, problems
from schemas.errors import problems_of
from tests.schemas.examples import BODIES, EVIDENCE, FIRM, OPERATOR, PATENTS, UNIVERSITY

HASH = "EDGeOGocK7rO0Jbk130HeaeIIJ21lYTJiF/cs/38zCI="
DIGEST = "ab" * 32
LABEL = {"zh": "专利转化", "en": "Patents put to use"}
WINDOW = {"from": "2025-08-01", "to": "2027-08-01"}
KNOWN_AT = {"size": 42, "root": HASH, "recorded_at": "2025-09-10T02:11:09.123456Z"}

RECEIPT = {
    "index": 41, "centre": "wh-photonics", "seq": 12, "kind": "licence", "recorded_at": "2025-09-10T02:11:09.123456Z",
    "recorded_by": "recorder@wh-photonics", "body": BODIES["licence"], "evidence": EVIDENCE, "leaf_hash": HASH, "reversed_by": None,
    "verdict": "recorded", "proof": "/v1/entries/41/proof",
    "warnings": [{"code": "contested", "path": "body.lines.0.patent_id", "message": "已由第 12 号记录申报", "entry": 12}],
}  # fmt: skip

TARGET = {
    "id": "times", "clause": "五(三)", "label": LABEL, "unit": "次", "window": WINDOW, "op": ">=", "target": "300", "value": "12",
    "verified": "10", "pending": {"lines": 2, "amount": "30.00"}, "missing_amounts": 1,
    "excluded": {"grantee.size": 1, "contested": 2}, "completion": "4.00", "met": None, "level": "must", "parts": [],
}  # fmt: skip
PART = {"window": WINDOW, "value": None, "verified": None, "target": "3", "completion": None, "met": None, "suppressed": True}

METRIC = {
    "label": LABEL, "from": "deal", "count": "lines", "unit": "次", "date": ["registered_on"],
    "where": {"grantee.size": ["small", "medium"], "deal.related_party": [False]}, "order": ["grantee.size", "deal.related_party"],
    "stock": False, "match": "any",
}  # fmt: skip

SHORT = {key: TARGET[key] for key in ("id", "value", "verified", "target", "completion", "met")}

ANSWERS: dict[type[Schema], dict[str, Any]] = {
    answers.ReceiptSchema: RECEIPT,
    answers.HistoryItemSchema: {**RECEIPT, "body": None, "evidence": []},
    answers.BatchReceiptSchema: {"first": 41, "count": 1, "entries": [RECEIPT]},
    answers.EntryPageSchema: {"items": [RECEIPT], "next": "bmV4dA"},
    answers.PatentAnswerSchema: {
        "patent_id": PATENTS[0], "on": "2026-01-01", "right": "invention", "title": "一种光纤放大器", "filed_on": "2020-03-02",
        "granted_on": None, "term_end": "2040-03-02", "in_force": False, "holders": [UNIVERSITY], "pools": ["Q1/光通信"],
        "history": [{**RECEIPT, "kind": "patent", "body": BODIES["patent"]}],
    },
    answers.PartyAnswerSchema: {
        "party_id": FIRM, "on": "2026-01-01", **dict.fromkeys(("name", "party_kind", "valid_from", "size", "size_basis")),
        **dict.fromkeys(("region", "industry", "chains", "tags")), "history": [],
    },
    answers.PoolAnswerSchema: {
        "pool_id": "Q1", "centre": "c1", "name": "光通信专利池", "industry": "photonics", "operator": OPERATOR,
        "opened_on": "2025-08-20", "closed_on": None, "on": "2026-01-01", "patents": 3, "in_force": 2,
    },
    answers.PoolPatentPageSchema: {
        "items": [{"patent_id": PATENTS[0], "title": "一", "admitted_on": "2025-08-21", "mode": None, "in_force": True,
                   "granted_on": "2022-05-10", "term_end": "2040-03-02"}],
        "next": None,
    },
    answers.DealAnswerSchema: {
        "index": 41, "centre": "c1", "deal_no": "许-2025/001", "kind": "licence", "body": BODIES["licence"],
        "lines": [{"line": 1, "patent_id": PATENTS[0], "amount": None, "registered_on": None, "registration_no": None,
                   "announced_on": None, "standing": "contested"}],
        "history": [RECEIPT],
    },
    figures.TotalsSchema: {
        "metric": "hei_sme_times", "unit": "次", "known_at": KNOWN_AT,
        "rows": [{"month": "2025-09", "centre": "c1", "value": "3"}, {"year": "2025", "value": None, "suppressed": True}],
    },
    figures.ScorecardSchema: {
        "programme": "hubei-2025", "programme_digest": DIGEST, "subject": "c1", "state": "started", "on": "2026-12-31",
        "level": "recorded", "period": WINDOW, "known_at": {**KNOWN_AT, "recorded_at": None}, "met": False,
        "targets": [
            TARGET,
            {**TARGET, "window": {"from": None, "to": "2027-01-01"}, "hidden": True, "base": "3", "suppressed": True},
            {**TARGET, **dict.fromkeys(("value", "verified", "completion")), "parts": [PART]},
            {**TARGET, **dict.fromkeys(("unit", "op", "target", "value", "verified", "completion")),
             "window": {"from": None, "to": None}, "evidence": True},
        ],
    },
    figures.ScorecardPageSchema: {
        "items": [{"subject": "c1", "name": "中心", "period": None, "met": None, "targets": [SHORT], "state": "delisted"}],
        "next": None,
    },
    figures.LinePageSchema: {
        "items": [{"entry": 41, "line": 1, "centre": "c1", "kind": "licence", "deal_no": "许", "patent_id": PATENTS[0], "day": None,
                   "amount": "12.00", "standing": "pending", "reason": None}],
        "next": None,
    },
    figures.ChangesSchema: {
        "from": 40, "to": 42,
        "targets": [{"id": "times", "before": None, "after": "12", "entries": [40, 41], "window": WINDOW}],
    },
    figures.MetricDefinitionSchema: {"id": "hei_sme_times", "digest": DIGEST, **METRIC},
    figures.MetricPageSchema: {
        "items": [{"id": "all", "digest": DIGEST, "label": LABEL, "unit": "次", "sum": ["a"], "metrics": {"a": METRIC}}],
        "next": None,
    },
    figures.ProgrammeDefinitionSchema: {
        "id": "hubei-2025", "digest": DIGEST, "title": LABEL, "source": "鄂知办〔2025〕1 号", "subject": "centre", "months": 24,
        "target": [{"id": "times", "clause": "五(三)", "label": LABEL, "metric": "hei_sme_times", "window": "period", "op": ">=",
                    "value": "300", "level": "must", "evidence": False, "hidden": False}],
        "metrics": {"hei_sme_times": METRIC},
    },
    problems.ProblemSchema: {
        "type": "/problems/deal-exists", "title": "合同已登记", "status": 409, "detail": "", "code": "deal-exists",
        "errors": [{"path": "body.deal_no", "code": "deal-exists", "message": "已由第 3 号记录登记", "entry": 3}],
        "request_id": "r1",
    },
}  # fmt: skip


def faults(schema: type[Schema], answer: object) -> list[str]:
    try:
        schema().load(answer)
    except ValidationError as error:
        return [problem.path for problem in problems_of(error.messages)]
    return []


@pytest.mark.parametrize("schema", ANSWERS, ids=lambda schema: schema.__name__)
def test_an_answer_of_the_contract_is_in_order(schema):
    assert faults(schema, ANSWERS[schema]) == []


@pytest.mark.parametrize("schema", ANSWERS, ids=lambda schema: schema.__name__)
def test_an_answer_goes_out_as_it_was_built(schema):
    assert schema().dump(ANSWERS[schema]) == ANSWERS[schema]


@pytest.mark.parametrize("schema", ANSWERS, ids=lambda schema: schema.__name__)
def test_each_member_that_is_missing_surplus_or_of_a_wrong_sort_is_noticed(schema):
    fields = {f.data_key or name: f for name, f in schema().load_fields.items()}
    answer = ANSWERS[schema]
    for key, value in answer.items():
        without = {k: v for k, v in answer.items() if k != key}
        assert faults(schema, without) == ([key] if fields[key].required else [])
        assert any(path.split(".")[0] == key for path in faults(schema, {**answer, key: 0.5})), key
        if value is not None and not fields[key].allow_none:
            assert faults(schema, {**answer, key: None}) == [key]
    assert faults(schema, {**answer, "surplus": 1}) == ["surplus"]


@pytest.mark.parametrize("kind", BODIES)
def test_a_receipt_holds_the_normalised_body_of_its_kind(kind):
    assert faults(answers.ReceiptSchema, {**RECEIPT, "kind": kind, "body": BODIES[kind]}) == []


def test_a_receipt_of_a_closing_shows_what_the_service_filled_in():
    body = {**BODIES["closing"], "size": 41, "programme_digest": DIGEST}
    assert faults(answers.ReceiptSchema, {**RECEIPT, "kind": "closing", "body": body}) == []


@pytest.mark.parametrize(
    "change",
    [{"amount": "1000000"}, {"amount": 1000000}, {"deal_no": None}, {"note": "x"}, {"effective_on": None}, {"role": "x"}],
)
def test_a_body_that_is_not_normalised_is_no_body_of_a_receipt(change):
    body = {**BODIES["licence"], **change}
    assert faults(answers.ReceiptSchema, {**RECEIPT, "body": body}) == ["body"]
    assert faults(answers.DealAnswerSchema, {**ANSWERS[answers.DealAnswerSchema], "body": body}) == ["body"]


def test_only_a_history_hides_bodies():
    assert faults(answers.ReceiptSchema, {**RECEIPT, "body": None}) == ["body"]
    assert faults(answers.HistoryItemSchema, {**RECEIPT, "body": {}}) == ["body"]


def test_a_fault_deep_in_an_answer_is_told_by_its_path():
    page = copy.deepcopy(ANSWERS[answers.EntryPageSchema])
    page["items"][0] = {**page["items"][0], "leaf_hash": "x", "warnings": [{"code": "odd", "path": "", "message": ""}]}
    assert faults(answers.EntryPageSchema, page) == ["items.0.leaf_hash", "items.0.warnings.0.code"]
