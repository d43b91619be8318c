"""What can be wrong, under stable codes, and which status several problems have together (RULINGS 43)."""

import pytest

from ledger.facts.problems import STATUS, WARNINGS, Problem, Refused, refuse


def test_a_problem_of_a_batch_has_its_place_in_the_batch():
    found = Problem("invalid", "body.lines.0", "错", "wrong", entry=4)
    assert found.under("entries.17") == Problem("invalid", "entries.17.body.lines.0", "错", "wrong", entry=4)
    assert Problem("forbidden", "", "错", "wrong").under("entries.17").path == "entries.17"


@pytest.mark.parametrize(
    ("codes", "code", "status"),
    [
        (["unknown-deal"], "unknown-deal", 422),
        (["deal-exists", "deal-exists"], "deal-exists", 409),
        (["deal-exists", "already-ended"], "invalid", 422),
        (["invalid", "unknown-patent"], "invalid", 422),
        (["deal-exists", "forbidden"], "forbidden", 403),
        (["forbidden"], "forbidden", 403),
    ],
)
def test_one_code_speaks_for_all_and_forbidden_comes_before_all(codes, code, status):
    refused = Refused(Problem(one, "body", "错", "wrong") for one in codes)
    assert (refused.code, refused.status, len(refused.problems)) == (code, status, len(codes))


def test_a_refusal_says_what_is_wrong_and_where():
    refused = refuse("loan-exists", "body.loan_ref", "已有", "is there already", entry=7)
    assert refused.problems == (Problem("loan-exists", "body.loan_ref", "已有", "is there already", 7),)
    assert str(refused) == "body.loan_ref: is there already"


def test_what_is_in_the_way_conflicts_and_what_a_rule_refuses_is_unprocessable():
    assert {code for code, status in STATUS.items() if status == 409} == {
        "deal-exists", "loan-exists", "pool-exists", "patent-differs", "already-reversed", "already-registered", "already-admitted",
        "already-ended", "in-use", "period-held", "period-closed", "figures-moved", "idempotency-in-flight",
    }  # fmt: skip
    assert not set(WARNINGS) & set(STATUS)
