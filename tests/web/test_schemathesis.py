"""Whatever the document allows is taken, whatever it forbids is refused, and every answer is one that it tells of.

Schemathesis makes requests from /openapi.json, well formed and not, and looks at the answers with all of its checks. Check digits
no pattern can state, so identifiers are drawn by strategies of our own; and most of what is well formed is still refused by a rule
(a patent that nobody registered), which is as it should be: then the refusal must not be one of form.

Each role asks, and somebody without a token. What belongs to a centre is marked, and no answer to anybody else holds its mark;
where a path names something, it is asked for once more as something of another centre's.
"""

import re
import shutil
import zlib
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
from schemathesis.checks import not_a_server_error, positive_data_acceptance
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance
from stdnum.cn import uscc

from ledger.app import open_doors
from ledger.facts.identifiers import patent_check_digit
from ledger.facts.problems import Refused
from ledger.web.context import keep_ledger
from schemas.entries import load_batch, load_entry
from schemas.names import PartyId, PatentId
from tests.actions.scene import FIRM, UNIVERSITY, patent_id
from tests.attacks.stage import STREAM, Foe, Stage, set_up
from tests.web.service import ADDRESSES

EXAMPLES = 12
SOUND = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


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
        hidden = any("\U000e0000" <= sign <= "\U000e007f" for sign in value)
        return hidden or any(re.search(field.described["pattern"], value) for field in (PatentId, PartyId))
    return isinstance(value, float)


def each_from_elsewhere(app: Any) -> Any:
    """Every request from an address of its own: one at which so many tokens are tried would be told to wait."""
    return lambda environ, start_response: app(environ | {"REMOTE_ADDR": next(ADDRESSES)}, start_response)


DOORS = Flask("doors", static_folder=None)  # the document is read from it when tests are collected; the ledger comes later
open_doors(DOORS)
DOORS.wsgi_app = each_from_elsewhere(DOORS.wsgi_app)  # type: ignore[method-assign]
api = schemathesis.openapi.from_wsgi("/openapi.json", DOORS)


ROLES = (
    ("recorder", "c1", None), ("signatory", "c1", None), ("authority", "hb-ipo", None), ("authority", "hb-ipo", "420100"),
    ("reader", None, None), ("auditor", None, None),
)  # fmt: skip
# One of them for each case. The document is best heard out by whoever gets behind the doors.
ASKING = (*ROLES, None, *[("auditor", None, None)] * 7)
SENDING = (*ROLES, None, *[("recorder", "c1", None)] * 7)


@pytest.fixture(scope="module")
def stage(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A ledger that these requests may write to, in which what belongs to each centre is marked."""
    path = shutil.copyfile(migrated_file, tmp_path_factory.mktemp("fuzz") / "ledger.db")
    with set_up(f"sqlite:///{path}") as made:
        keep_ledger(DOORS, made.service.ledger)
        yield made


def somebody(stage: Stage, case: Any) -> Foe:
    """Always the same for one case, so that it can be had again."""
    callers = SENDING if case.method == "POST" else ASKING
    chosen = callers[zlib.crc32(repr((case.path_parameters, case.query, case.body)).encode("utf-8", "replace")) % len(callers)]
    return stage.nobody if chosen is None else stage.foe(*chosen)


def aimed(case: Any, stage: Stage) -> dict[str, Any]:
    """What the case asks for, of another centre."""
    targets = {
        "centre": "c2", "subject": "c2", "programme": "hubei-2025", "pool_id": "pool of c2", "deal_no": "S-1", "party_id": FIRM,
        "patent_id": patent_id(STREAM["c2"]), "tile": "entries/000",
        "index": stage.of["c2"][len(str(case.query)) % len(stage.of["c2"])],
    }  # fmt: skip
    return {name: targets.get(name, value) for name, value in (case.path_parameters or {}).items()}


@api.parametrize()
@settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck), deadline=None)
def test_requests_and_answers_are_what_the_document_says_and_tell_nobody_of_others(case: Any, stage: Stage) -> None:
    foe = somebody(stage, case)
    headers = {"Authorization": f"Bearer {foe.caller.token}"} if foe.caller.token else {}

    def nothing_of_others_is_told(_: CheckContext, response: Response, __: Any) -> None:
        foe.look_over(response.content, str(response.headers).encode())

    case.call_and_validate(
        headers=headers,
        excluded_checks=[positive_data_acceptance],
        additional_checks=[what_the_document_allows_is_refused_by_a_rule_only, nothing_of_others_is_told],
    )
    if case.method == "GET" and case.path_parameters:
        case.path_parameters = aimed(case, stage)
        case.validate_response(
            case.call(headers=headers), headers=headers, checks=SOUND, additional_checks=[nothing_of_others_is_told]
        )  # fmt: skip
