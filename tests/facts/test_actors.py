"""Roles, each with what it may write and how far it reads."""

import pytest

from ledger.facts.actors import DECIDES, READS, ROLES, WRITES, Actor, may_write
from ledger.facts.encoding import KINDS
from tests.facts.book import authority, recorder, signatory

OFFICE = authority("hb-ipo", "420000")
WRITERS = {"recorder": recorder("c1"), "signatory": signatory("c1"), "authority": OFFICE}


def refused_at(actor, kind, centre=None, **body):
    problem = may_write(actor, kind, centre=actor.centre if centre is None else centre, body=body)
    assert problem is None or (problem.code == "forbidden" and problem.zh and problem.en)
    return problem.path if problem else None


@pytest.mark.parametrize("kind", KINDS)
def test_a_recorder_writes_all_kinds_but_four(kind):
    others = {"centre", "participation", "closing", "attestation"}
    assert refused_at(recorder("c1"), kind) == ("kind" if kind in others else None)


@pytest.mark.parametrize("kind", KINDS)
def test_a_signatory_attests_and_submits_and_does_nothing_else(kind):
    assert refused_at(signatory("c1"), kind) == (None if kind in ("attestation", "closing") else "kind")


@pytest.mark.parametrize("kind", KINDS)
def test_an_authority_writes_master_data_and_rulings(kind):
    own = {
        "centre", "participation", "baseline", "party", "patent", "patent_status", "attestation", "closing", "reversal",
    }  # fmt: skip
    assert refused_at(OFFICE, kind) == (None if kind in own else "kind")


@pytest.mark.parametrize("role", ["reader", "auditor"])
@pytest.mark.parametrize("kind", [*KINDS, "nonsense", None])
def test_readers_and_auditors_write_nothing(role, kind):
    assert refused_at(Actor(role, "somebody", "c1"), kind) == ""


@pytest.mark.parametrize(
    ("actor", "allowed"),
    [(signatory("c1"), {"attested"}), (OFFICE, {"verified", "rejected", "contested"})],
    ids=["signatory", "authority"],
)
@pytest.mark.parametrize("verdict", ["attested", "verified", "rejected", "contested"])
def test_a_verdict_belongs_to_its_role(actor, allowed, verdict):
    assert refused_at(actor, "attestation", verdict=verdict) == (None if verdict in allowed else "body.verdict")


@pytest.mark.parametrize(
    ("actor", "allowed"), [(signatory("c1"), {"submit"}), (OFFICE, {"accept", "return", "reopen"})], ids=["signatory", "authority"]
)
@pytest.mark.parametrize("action", ["submit", "accept", "return", "reopen"])
def test_a_step_of_a_closing_belongs_to_its_role(actor, allowed, action):
    assert refused_at(actor, "closing", action=action) == (None if action in allowed else "body.action")


@pytest.mark.parametrize("role", WRITERS)
def test_nobody_writes_to_the_stream_of_another(role):
    assert refused_at(WRITERS[role], "attestation", centre="c2") == "centre"


def test_an_actor_without_a_centre_writes_nowhere():
    assert refused_at(Actor("recorder", "somebody"), "licence", centre="c1") == "centre"


def test_a_recorder_states_a_baseline_for_its_own_code_only():
    assert refused_at(recorder("c1"), "baseline", subject="c1") is None
    assert refused_at(recorder("c1"), "baseline", subject="c2") == "body.subject"
    assert refused_at(recorder("c1"), "participation", subject="c1") == "kind"
    assert refused_at(OFFICE, "baseline", subject="c2") is None


@pytest.mark.parametrize("written", [" verified", "verified　", "ｖｅｒｉｆｉｅｄ"])
def test_no_way_of_writing_slips_past_the_table(written):
    assert refused_at(signatory("c1"), "attestation", verdict=written) == "body.verdict"


@pytest.mark.parametrize("body", [None, [], "verified", {}, {"verdict": None}, {"verdict": ["verified"]}, {"verdict": "verifyed"}])
def test_what_has_no_form_yet_is_left_to_the_schemas(body):
    assert may_write(signatory("c1"), "attestation", centre="c1", body=body) is None


@pytest.mark.parametrize("kind", [None, 7, ["licence"], "nonsense"])
@pytest.mark.parametrize("centre", [None, 7, "c1"])
def test_an_unknown_kind_or_centre_is_left_to_the_schemas(kind, centre):
    assert may_write(recorder("c1"), kind, centre=centre, body={}) is None


def test_the_tables_speak_of_every_role_and_of_known_words_only():
    assert set(WRITES) == set(ROLES)
    assert all(set(reach) == set(ROLES) for reach in READS.values())
    for allowed in WRITES.values():
        assert set(allowed) <= set(KINDS)
        for kind, words in allowed.items():
            assert words is None or set(words) <= set(DECIDES[kind][1])


def test_every_verdict_and_step_is_for_somebody():
    for kind, (_, known) in DECIDES.items():
        assert {word for allowed in WRITES.values() for word in allowed.get(kind) or ()} == set(known)


def test_figures_are_read_by_readers_and_entries_are_not():
    assert READS["figures"]["reader"] == "all"
    assert READS["entries"]["reader"] is READS["exports"]["reader"] is READS["master"]["reader"] is None
    assert READS["entries"]["recorder"] == "own"
    assert READS["entries"]["authority"] == "region"
    assert all(reach["auditor"] == "all" for reach in READS.values())
