"""R: recording what is not one's own to record, or twice, or in the service's name."""

from typing import Any

from tests.actions.scene import FIRM, OPERATOR, licence, patent, patent_id
from tests.attacks.stage import STREAM, Answers, Attack, Book, Stage, mark

attack = Book("R")

HERE, BATCH = "/v1/entries", "/v1/entries/batch"


def entry(said: tuple[str, dict[str, Any]], centre: Any = "c1", **more: Any) -> dict[str, Any]:
    return {"kind": said[0], "centre": centre, "body": said[1], **more}


FINE = entry(patent(60))


@attack("an entry in the stream of another centre or of an office, alone, in a batch, or spelt another way", by="a recorder",
        answers="403 forbidden")  # fmt: skip
def foreign_streams(stage: Stage) -> Answers:
    foe = stage.foe("recorder", "c1")
    for centre in ("c2", "hb-ipo", " c2 ", "ｃ２", "\tc2", "c2\n", "nobody"):
        bad = entry(patent(61), centre)
        yield foe.post(HERE, bad)
        yield foe.post(HERE + "?dry_run=true", bad)
        for items in ([bad], [FINE, bad], [bad, FINE], [{"kind": 1}, bad], [FINE] * 50 + [bad]):
            yield foe.post(BATCH, {"entries": items})


@attack("a kind or decision that is another role's", by="each role", answers="403 forbidden")
def foreign_kinds(stage: Stage) -> Answers:
    other = {"programme": "hubei-2025", "subject": "c1", "through": "2026-02-28"}
    tried = {
        ("recorder", "c1"): [("centre", {}), ("participation", {}), ("closing", other | {"action": "submit"}),
                             ("attestation", {"entry": 40, "verdict": "verified"}),
                             ("attestation", {"entry": 40, "verdict": "attested"}),
                             ("baseline", {"subject": "c2"}), ("baseline", {"subject": "420000"})],
        ("signatory", "c1"): [patent(61), ("closing", other | {"action": "accept"}), ("closing", other | {"action": "return"}),
                              ("attestation", {"entry": 40, "verdict": "verified"}), ("reversal", {"entry": 40})],
        ("authority", "hb-ipo"): [licence("A-1", [1]), ("pool", {}), ("payment", {}), ("closing", other | {"action": "submit"}),
                                  ("attestation", {"entry": 40, "verdict": "attested"})],
        ("reader", None): [patent(61)],
        ("auditor", None): [patent(61), ("reversal", {"entry": 40})],
    }  # fmt: skip
    for (role, centre), said in tried.items():
        foe = stage.foe(role, centre)
        for one in said:
            yield foe.post(HERE, entry(one, centre or "c1"))
            yield foe.post(BATCH, {"entries": [entry(one, centre or "c1")]})


@attack("a reversal of, or a verdict on, an entry of another centre", by="a recorder; a signatory", answers="403 forbidden")
def foreign_entries(stage: Stage) -> Answers:
    recorder, signatory = stage.foe("recorder", "c1"), stage.foe("signatory", "c1")
    for index in stage.of["c2"][2:8]:
        yield recorder.post(HERE, entry(("reversal", {"entry": index, "reason": "void"})))
        yield recorder.post(BATCH, {"entries": [FINE, entry(("reversal", {"entry": index, "reason": "void"}))]})
    for index in stage.of["c2"][4:8]:
        yield signatory.post(HERE, entry(("attestation", {"entry": index, "verdict": "attested"})))


@attack("a reversal of what the office has decided: a participation, a verdict, a closing", by="a recorder; a signatory",
        answers="403 forbidden")  # fmt: skip
def office_entries(stage: Stage) -> Answers:
    for index in (1, 3, stage.service.at["verdict"], stage.service.at["acceptance"]):
        yield stage.foe("recorder", "c1").post(HERE, entry(("reversal", {"entry": index, "reason": "void"})))
        yield stage.foe("signatory", "c1").post(HERE, entry(("reversal", {"entry": index, "reason": "void"})))


@attack("a verdict, participation or closing for a centre outside of its region", by="an office that is kept to a region",
        answers="403 forbidden")  # fmt: skip
def outside_the_region(stage: Stage) -> Answers:
    foe = stage.foe("authority", "hb-ipo", "420100")
    started = {"programme": "hubei-2025", "subject": "c2", "state": "accepted", "on": "2026-02-01"}
    closing = {"programme": "hubei-2025", "subject": "c2", "through": "2026-02-28", "action": "reopen", "note": "x"}
    centre = {"code": "c2", "name": "x", "centre_kind": "centre", "region": "420100", "valid_from": "2026-01-01"}
    for said in (("attestation", {"entry": stage.of["c2"][4], "verdict": "rejected"}), ("participation", started),
                 ("closing", closing),
                 ("centre", centre), ("centre", centre | {"code": "c9", "region": "420500"})):  # fmt: skip
        yield foe.post(HERE, entry(said, "hb-ipo"))


@attack("a payment, amendment, termination or registration for a deal that another centre has", by="a recorder",
        answers="422 unknown-deal")  # fmt: skip
def foreign_deals(stage: Stage) -> Answers:
    foe = stage.foe("recorder", "c1")
    for kind, body in (
        ("payment", {"received_on": "2026-02-01", "amount": "1.00", "payment_type": "upfront"}),
        ("amendment", {"on": "2026-02-01", "amount_change": "1.00", "reason": "agreed"}),
        ("termination", {"on": "2026-02-01", "reason": "mutual"}), ("registration", {"registered_on": "2026-02-01"}),
    ):  # fmt: skip
        yield foe.post(HERE, entry((kind, {"deal_no": "X-1", **body})))


@attack("patents put into, or taken out of, another centre's pool; the pool closed", by="a recorder", answers="403 forbidden")
def foreign_pools(stage: Stage) -> Answers:
    foe = stage.foe("recorder", "c1")
    members = {"pool_id": "pool of c2", "patents": [patent_id(STREAM["c2"])], "on": "2026-02-01"}
    for said in (("admission", members | {"patents": [patent_id(1)]}), ("withdrawal", members),
                 ("pool", {"pool_id": "pool of c2", "action": "close", "on": "2026-02-01"})):  # fmt: skip
        yield foe.post(HERE, entry(said))


@attack("the facts of a patent, changed by registering it again", by="a recorder", answers="409 patent-differs")
def other_facts(stage: Stage) -> Answers:
    foe = stage.foe("recorder", "c1")
    for change in ({"filed_on": "2019-03-02"}, {"granted_on": "2021-01-01"}):
        yield foe.post(HERE, entry(patent(STREAM["c2"], **change)))


@attack("fields that are the service's to fill: index, seq, recorded_by, recorded_at, leaf_hash, verdict, __proto__",
        by="a recorder",
        answers="422 invalid")  # fmt: skip
def own_fields(stage: Stage) -> Answers:
    foe = stage.foe("recorder", "c1")
    for name in ("index", "seq", "recorded_by", "recorded_at", "leaf_hash", "verdict", "reversed_by", "warnings", "salt",
                 "__proto__",
                 "constructor", "__class__", "$where"):  # fmt: skip
        yield foe.post(HERE, {**FINE, name: 0})
        yield foe.post(HERE, entry(("patent", {**patent(60)[1], name: 0})))
        yield foe.post(BATCH, {"entries": [FINE], name: 0})


@attack("the idempotency key of another centre, with its content, to be given its receipt", by="a recorder",
        answers="403 forbidden")
def foreign_keys(stage: Stage) -> Answers:
    foe = stage.foe("recorder", "c1")
    foe.blind_to = ()  # they send it themselves
    yield foe.post(HERE, entry(patent(STREAM["c2"]), "c2"), Idempotency_Key=mark("c2"))
    yield foe.post(BATCH, {"entries": [entry(patent(STREAM["c2"]), "c2")]}, Idempotency_Key=mark("c2"))


@attack("the idempotency key of another centre, with content of one's own", by="a recorder",
        answers="recorded, and nothing replayed",
        writes=True)  # fmt: skip
def same_key(stage: Stage) -> Answers:
    foe = stage.foe("recorder", "c1")
    assert foe.post(HERE, entry(patent(62)), Idempotency_Key=mark("c2")) == "201"
    yield "replayed" if "Idempotency-Replayed" in foe.last.headers else "recorded, and nothing replayed"


@attack("a key used again with other content", by="a recorder", answers="422 idempotency-mismatch")
def other_content(stage: Stage) -> Answers:
    foe = stage.foe("recorder", "c1")
    for value in (FINE, entry(patent(STREAM["c1"]))):
        yield foe.post(HERE, value, Idempotency_Key=mark("c1"))
    yield foe.post(BATCH, {"entries": [FINE]}, Idempotency_Key=mark("c1"))


@attack("keys that are none: empty, too long, with spaces, control characters or another alphabet", by="a recorder",
        answers="422 invalid")  # fmt: skip
def odd_keys(stage: Stage) -> Answers:
    foe = stage.foe("recorder", "c1")
    for key in ("", " ", "a b", "x" * 256, "\x7f", "ü", "a\tb", "' OR 1=1 --"):
        yield foe.post(HERE, FINE, Idempotency_Key=key)


@attack("a pool whose name another centre has", by="a recorder", answers="409 pool-exists")
def taken_pools(stage: Stage) -> Answers:
    body = {"pool_id": "pool of c2", "name": "x", "industry": "laser", "operator": OPERATOR, "action": "open", "on": "2026-01-01"}
    yield stage.foe("recorder", "c1").post(HERE, entry(("pool", body)))


@attack("a doubled claim: a contract that another centre has registered under the same number", by="a recorder",
        answers="contested, without a word of the other")  # fmt: skip
def doubled(stage: Stage) -> Answers:
    foe = stage.foe("recorder", "c1")
    said = licence("D-1", [5], registered_on="2025-09-21", registration_no="R-3", grantees=[FIRM])
    for _ in range(2):
        assert foe.post(HERE + "?dry_run=true", entry(said)) == "200"
        warnings = foe.last.json["warnings"]  # type: ignore[index]
        assert {one["code"] for one in warnings} >= {"contested"}
        yield "contested, without a word of the other" if "X-1" not in foe.last.text else "told"


WRITES: list[Attack] = attack.attacks
