"""The proof of an entry over HTTP: a file, tagged by its bytes, for those who may read the entry; each receipt says where it is."""

import json
from typing import Any

import pytest

from ledger.actions.publish import publish
from ledger.proof.entryproofs import EntryProof
from schemas.answers import ReceiptSchema
from tests.actions import scene
from tests.actions.scene import FIRM, patent_id
from tests.web.service import Service, problem_of


def test_a_proof_comes_as_a_file_to_be_kept(house: Service) -> None:
    told = house.as_("auditor").get("/v1/entries/20/proof")
    assert told.status_code == 200
    assert told.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert told.headers["Content-Disposition"] == 'attachment; filename="entry-20.tlog-proof"'
    assert told.headers["Ledger-Size"] == str(house.size)
    assert told.headers["Cache-Control"] == "private, no-cache"
    assert {word.strip() for word in told.headers["Vary"].split(",")} == {"Authorization", "Accept-Language"}
    assert told.text.startswith("c2sp.org/tlog-proof@v1\nextra ")
    proof = EntryProof.parse(told.data)
    assert proof.index == 20
    assert proof.checkpoint.decode().startswith(house.ledger.settings.origin + "\n")


def test_a_proof_that_the_caller_holds_is_not_sent_again(house: Service) -> None:
    caller = house.as_("auditor")
    first = caller.get("/v1/entries/20/proof")
    tag, weak = first.get_etag()
    assert tag
    assert not weak
    again = caller.get("/v1/entries/20/proof", If_None_Match=first.headers["ETag"])
    assert (again.status_code, again.data) == (304, b"")
    for name in ("ETag", "Ledger-Size", "Vary", "Cache-Control"):
        assert again.headers[name] == first.headers[name]
    assert "Content-Type" not in again.headers
    assert caller.get("/v1/entries/21/proof", If_None_Match=first.headers["ETag"]).status_code == 200


def test_a_proof_stays_what_it_was_while_the_log_grows(service: Service) -> None:
    caller = service.as_("auditor")
    first = caller.get("/v1/entries/20/proof")
    scene.say(service.ledger, "recorder", "c1", scene.patent(70))
    publish(service.ledger)
    again = caller.get("/v1/entries/20/proof")
    assert again.data == first.data
    assert again.headers["ETag"] == first.headers["ETag"]
    assert again.headers["Ledger-Size"] == str(service.size)


def test_a_head_says_what_a_get_would(house: Service) -> None:
    caller = house.as_("auditor")
    got, headed = caller.get("/v1/entries/20/proof"), caller.ask("HEAD", "/v1/entries/20/proof")
    assert (headed.status_code, headed.data) == (200, b"")
    for name in ("Content-Type", "Content-Length", "Content-Disposition", "ETag", "Ledger-Size"):
        assert headed.headers[name] == got.headers[name]


def test_a_proof_is_as_open_as_its_entry(house: Service) -> None:
    callers = [house.as_("recorder", "c1"), house.as_("recorder", "c2"), house.as_("signatory", "c1"), house.as_("authority"),
               house.as_("authority", None, "420500"), house.as_("reader"), house.as_("auditor"), house.nobody]  # fmt: skip
    for caller in callers:
        for index in (*range(house.size), house.size, 10**15):
            entry, proof = caller.get(f"/v1/entries/{index}"), caller.get(f"/v1/entries/{index}/proof")
            assert proof.status_code == entry.status_code, index
            if entry.status_code != 200:
                assert problem_of(proof)["code"] == problem_of(entry)["code"]


@pytest.mark.parametrize("path", ["/v1/entries/x/proof", "/v1/entries/-1/proof", "/v1/entries/1/proofs", "/v1/entries/1/proof/"])
def test_there_is_no_proof_elsewhere(house: Service, path: str) -> None:
    assert problem_of(house.as_("auditor").get(path))["code"] == "not-found"


def test_while_nothing_can_be_published_the_caller_is_told_to_come_again(service: Service) -> None:
    service.ledger.settings.signing_key_file.write_text("no key\n")
    told = service.as_("auditor").get("/v1/entries/20/proof")
    assert (told.status_code, problem_of(told)["code"]) == (503, "unavailable")
    assert int(told.headers["Retry-After"]) >= 1
    assert service.ledger.settings.signing_key_file.name not in told.get_data(as_text=True), "where files lie is nobody else's"
    # Entries are taken all the same.
    kind, body = scene.patent(71)
    assert service.as_("recorder", "c1").post("/v1/entries", {"kind": kind, "centre": "c1", "body": body}).status_code == 201


def proofs_in(value: Any) -> list[tuple[int, str | None]]:
    """(index, proof) of every receipt in an answer."""
    if isinstance(value, list):
        return [found for one in value for found in proofs_in(one)]
    if not isinstance(value, dict):
        return []
    own = [(value["index"], value["proof"])] if "leaf_hash" in value else []
    return own + [found for part in value.values() for found in proofs_in(part)]


def test_every_receipt_says_where_its_proof_is(service: Service) -> None:
    recorder, auditor = service.as_("recorder", "c1"), service.as_("auditor")
    (kind, one), (_, two) = scene.patent(72), scene.patent(73)
    single = recorder.post("/v1/entries", {"kind": kind, "centre": "c1", "body": one}, Idempotency_Key="72")
    batch = recorder.post("/v1/entries/batch", {"entries": [{"kind": kind, "centre": "c1", "body": two}]})
    reads = ["/v1/entries", "/v1/entries/20", f"/v1/patents/{patent_id(1)}", f"/v1/parties/{FIRM}", "/v1/deals/c1/L-1"]
    for answer in (single, batch, *(auditor.get(path) for path in reads)):
        found = proofs_in(answer.json)
        assert found
        assert {proof for _, proof in found} == {f"/v1/entries/{index}/proof" for index, _ in found}
    assert single.json is not None
    ReceiptSchema().load(single.json)
    assert auditor.get(single.json["proof"]).status_code == 200
    again = recorder.post("/v1/entries", {"kind": kind, "centre": "c1", "body": one}, Idempotency_Key="72")
    assert again.data == single.data


def test_what_was_only_rehearsed_has_no_proof(service: Service) -> None:
    (kind, body), recorder = scene.patent(74), service.as_("recorder", "c1")
    said = {"kind": kind, "centre": "c1", "body": body}
    for path, value in (("/v1/entries", said), ("/v1/entries/batch", {"entries": [said]})):
        answer = recorder.post(f"{path}?dry_run=true", value)
        assert [proof for _, proof in proofs_in(json.loads(answer.data))] == [None]
