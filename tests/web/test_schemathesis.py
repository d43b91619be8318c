"""Whatever the document allows is taken, whatever it forbids is refused, and every answer is one that it tells of.

Schemathesis makes requests from /openapi.json, well formed and not, and looks at the answers with all of its checks. Check digits
no pattern can state, so identifiers are drawn by strategies of our own; and most of what is well formed is still refused by a rule
(a patent that nobody registered), which is as it should be: then the refusal must not be one of form.
"""

import re
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from schemathesis import CheckContext, GenerationMode, Response
from schemathesis.checks import positive_data_acceptance
from stdnum.cn import uscc

from ledger.app import open_doors
from ledger.facts.identifiers import patent_check_digit
from ledger.facts.problems import Refused
from ledger.web.context import keep_ledger
from schemas.entries import load_batch, load_entry
from schemas.names import PartyId, PatentId
from tests.actions.scene import FIRM, UNIVERSITY, patent_id
from tests.web.service import Service, played

EXAMPLES = 12


def chinese_patent(body: str) -> str:
    return f"CN{body}.{patent_check_digit(body)}"


def credit_code(body: str) -> str:
    return body + uscc.calc_check_digit(body + "0")


patents = st.one_of(
    st.sampled_from([patent_id(number) for number in range(1, 9)]),
    st.builds(chinese_patent, st.from_regex(r"20(?:0[3-9]|[1-9][0-9])[12389][0-9]{7}", fullmatch=True)),
    st.sampled_from(["US11234567B2", "PCT/CN2021/123456"]),
)
parties = st.one_of(
    st.sampled_from([UNIVERSITY, FIRM]),
    st.builds(credit_code, st.from_regex(r"91[0-9]{6}[0-9A-HJ-NP-RTUWXY]{9}", fullmatch=True)),
    st.from_regex(r"(?:US|ORG):[a-z0-9]{1,20}", fullmatch=True),
)
schemathesis.openapi.format("patent-id", patents)
schemathesis.openapi.format("party-id", parties)
schemathesis.openapi.format("date", st.dates(min_value=date(1900, 1, 1)).map(str))


@schemathesis.hook
def map_body(context: Any, body: Any) -> Any:
    """Entries of the caller's own centre, so that they get past the guard."""
    for item in body.get("entries", [body]) if isinstance(body, dict) else []:
        if isinstance(item, dict) and isinstance(item.get("centre"), str) and isinstance(item.get("kind"), str):
            item["centre"] = "c1"
    return body


# What a parameter of the right form may name that is not there, or not possible together with the others.
JUDGED = {"metric", "target", "cursor", "known_at", "since", "to", "region", "group_by", "centre"}


def what_the_document_allows_is_refused_by_a_rule_only(_: CheckContext, response: Response, case: Any) -> None:
    """In place of `positive_data_acceptance`, for which there are no rules beyond form."""
    meta = case.meta
    if response.status_code != 422 or meta is None or meta.generation.mode is not GenerationMode.POSITIVE:
        return
    if case.method == "POST":
        try:
            (load_batch if case.path.endswith("batch") else load_entry)(case.body)
        except Refused as refused:
            wrong = {problem.path: value_at(case.body, problem.path) for problem in refused.problems}
            assert all(map(beyond_the_document, wrong.values())), f"the document allows it: {refused}"
    else:
        query = case.query or {}
        places = {error["path"] for error in response.json()["errors"]}
        assert all(beyond_the_document(query.get(place)) for place in places - JUDGED), f"the document allows it: {places}"


def value_at(value: Any, path: str) -> Any:
    for part in path.split("."):
        value = value[int(part)] if isinstance(value, list) else value[part]
    return value


def beyond_the_document(value: Any) -> bool:
    """What no pattern can state: check digits, years, the privacy of a person; and that 36.0 is not the way to write 36."""
    if isinstance(value, str):
        return any(re.search(field.described["pattern"], value) for field in (PatentId, PartyId))
    return isinstance(value, float)


DOORS = Flask("doors", static_folder=None)  # the document is read from it when tests are collected; the ledger comes later
open_doors(DOORS)
api = schemathesis.openapi.from_wsgi("/openapi.json", DOORS)


@pytest.fixture(scope="module")
def written(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A ledger that these requests may write to."""
    path = shutil.copyfile(migrated_file, tmp_path_factory.mktemp("fuzz") / "ledger.db")
    with played(f"sqlite:///{path}") as service:
        keep_ledger(DOORS, service.ledger)
        yield service


@api.parametrize()
@settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck), deadline=None)
def test_requests_and_answers_are_what_the_document_says(case: Any, written: Service) -> None:
    caller = written.as_("recorder", "c1") if case.method == "POST" else written.as_("auditor")
    case.call_and_validate(
        headers={"Authorization": f"Bearer {caller.token}"},
        excluded_checks=[positive_data_acceptance],
        additional_checks=[what_the_document_allows_is_refused_by_a_rule_only],
    )
