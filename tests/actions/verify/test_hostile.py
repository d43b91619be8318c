"""Whatever a file holds, a verifier answers: it never fails, and it never says of a changed bundle that all holds."""

import json
from contextlib import suppress
from copy import deepcopy
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from ledger.actions.verify.bundle import verify_bundle
from ledger.actions.verify.head import Trust
from ledger.actions.verify.proof import AtHand, verify_proof
from ledger.actions.verify.report import Report
from ledger.facts.kinds.deals import Registration
from tests.actions.verify.spoiling import index_of, rechained
from tests.actions.verify.test_proofs import PROOF, receipt
from tests.bundles import Draft, draft_of, packed, scene, sealed
from tests.proof.signers import LOG

TRUST = Trust(LOG.key)
UNHURRIED = settings(deadline=None, max_examples=120, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8)
    | st.sampled_from(["", "c1", "\x1b[2J", "\ud800", 2**53, -1, 10**30]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@cache
def good() -> Draft:
    return draft_of(scene(after=2), "two-years", "c1", known_at=43)


@cache
def whole() -> bytes:
    return good().packed()


@cache
def members() -> dict[str, bytes]:
    return good().files()


def verified(data: bytes) -> Report:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "x"
        path.write_bytes(data)
        report = verify_bundle(str(path), TRUST)
    tells(report)
    return report


def tells(report: Report) -> None:
    """Both languages and JSON can be told of any report."""
    for language in ("zh", "en"):
        text = "\n".join(report.as_text(language))
        assert text.isprintable() or all(sign.isprintable() or sign == "\n" for sign in text)
        json.dumps(report.as_json(language))


def bruised(data: st.DataObject, good: bytes) -> bytes:
    """Other bytes than these: some taken away in one place, some put in there."""
    at = data.draw(st.integers(0, len(good)))
    gone = data.draw(st.integers(0, 40))
    put = data.draw(st.binary(max_size=40) | st.sampled_from([b"\n", b" ", b"0", b'"', b"PK\3\4", b"PK\5\6", b"\r\n", b"\xff"]))
    changed = good[:at] + put + good[at + gone :]
    assume(changed != good)
    return changed


def broke(report: Report) -> list[str]:
    return [one.message("en") for check in report.checks.values() for one in check.kept if one.code == "broke"]


def test_the_bundle_to_be_spoiled_is_good():
    assert verified(whole()).ok


@UNHURRIED
@given(st.data())
def test_no_change_of_any_bytes_passes(data):
    report = verified(bruised(data, whole()))
    assert not report.ok
    assert not broke(report)


@UNHURRIED
@given(st.data())
def test_no_change_of_a_member_passes_in_a_container_made_anew(data):
    name = data.draw(st.sampled_from(sorted(members())))
    files = {**members(), name: bruised(data, members()[name])}
    # To seal a manifest is to write it anew.
    report = verified(packed(files if name == "manifest.json" else sealed(files)))
    assert not report.ok
    assert not broke(report)


@UNHURRIED
@given(st.data())
def test_no_other_value_passes_anywhere_in_manifest_or_figures(data):
    name = data.draw(st.sampled_from(["manifest.json", "scorecards.json"]))
    value = json.loads(members()[name])
    changed = deepcopy(value)
    spot, key = changed, data.draw(st.sampled_from(sorted(changed)))
    while isinstance(spot[key], dict | list) and spot[key] and data.draw(st.booleans()):
        spot = spot[key]
        key = data.draw(st.sampled_from(sorted(spot) if isinstance(spot, dict) else range(len(spot))))
    spot[key] = data.draw(JSON)
    text = json.dumps(changed, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "backslashreplace")
    files = {**members(), name: text}
    with suppress(ValueError):  # numbers and texts that canonical JSON does not have
        files = sealed(files)
    assume(files["manifest.json"] != members()["manifest.json"])
    report = verified(packed(files))
    assert not report.ok
    assert not broke(report)


@UNHURRIED
@given(st.data())
def test_a_log_that_commits_to_anything_at_all_is_told_without_failing(data):
    """The log itself, with its key, exchanges something in the value of one entry."""
    draft = deepcopy(good())
    index = data.draw(st.sampled_from([index for index, _ in draft.disclosures]))

    def change(value: dict[str, Any]) -> None:
        spot: Any = value
        while True:
            key = data.draw(st.sampled_from(sorted(spot) if isinstance(spot, dict) else range(len(spot))))
            if not (isinstance(spot[key], dict | list) and spot[key] and data.draw(st.booleans())):
                break
            spot = spot[key]
        spot[key] = data.draw(JSON)

    try:
        text = draft.rewrite(index, change)
    except ValueError:
        assume(False)
    rechained(draft, {index: text})
    verified(draft.packed())


@UNHURRIED
@given(st.data())
def test_no_change_of_a_proof_passes(data):
    with TemporaryDirectory() as folder:
        path = Path(folder) / "x"
        path.write_bytes(bruised(data, PROOF.to_bytes()))
        report = verify_proof(str(path), TRUST, AtHand("entry.json", json.dumps(receipt()).encode()))
    tells(report)
    assert not report.ok
    assert not broke(report)


@UNHURRIED
@given(JSON)
def test_any_entry_at_hand_is_told_without_failing(value):
    with TemporaryDirectory() as folder:
        path = Path(folder) / "x"
        path.write_bytes(PROOF.to_bytes())
        report = verify_proof(str(path), TRUST, AtHand("entry.json", json.dumps(value).encode()))
    tells(report)
    assert not report.ok
    assert not broke(report)


def test_an_entry_that_no_rule_would_have_let_pass_is_named():
    """A registration of a third line, in a deal that has two: nothing follows from the deal any more."""
    entries = scene()
    index = next(entry.index for entry in entries if isinstance(entry.fact, Registration))
    draft = draft_of(entries, "two-years", "c1")
    text = draft.rewrite(index, lambda value: value["body"].update(lines=[3]))
    rechained(draft, {index: text})
    report = verified(draft.packed())
    assert not report.ok
    assert not broke(report)
    found = [(one.code, one.entry) for one in report.checks["figures"].kept]
    assert any(code == "unfoldable" and entry >= index_of(draft, "L-3") for code, entry in found if entry is not None)


@pytest.mark.parametrize("months", [10**6, 0, -5])
def test_a_participation_of_absurd_length_is_counted_all_the_same(months: int):
    draft = draft_of(scene(), "two-years", "c1")
    index = next(e.index for e in draft.entries if e.kind == "participation")
    rechained(draft, {index: draft.rewrite(index, lambda value: value["body"].update(months=months))})
    assert not verified(draft.packed()).ok


