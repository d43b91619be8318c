"""Recording on both databases: a request is taken whole or leaves no trace, a key answers once and for all, an acceptance binds.

How the words of a request are read, and what the rules say, is tested elsewhere; here it is what becomes of a request, alone and
in a group with others.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
import rfc8785
from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import IntegrityError, OperationalError

from ledger.actions import record
from ledger.actions.check import check
from ledger.actions.ledger import Ledger
from ledger.actions.record import Answer, Submission, append, receipts, submit
from ledger.actions.score import scorecard
from ledger.facts.actors import Actor, Role
from ledger.facts.days import parse_instant
from ledger.facts.problems import Refused
from ledger.store import definitions, lines, log
from ledger.store import tables as t
from ledger.store.database import reading
from schemas.entries import load_batch, load_entry
from tests.actions.scene import FIRM, NOW, Said, found, ledger_on, licence, patent, patent_id, say
from tests.actions.test_access import selects

AUDITOR = Actor("auditor", "auditor")
THROUGH = {"programme": "hubei-2025", "subject": "c1", "through": "2025-12-31"}


@pytest.fixture
def ledger(engine: Engine) -> Ledger:
    """With an office, two centres and some parties: entries 0 to 9."""
    made = ledger_on(engine)
    found(made)
    return made


@pytest.fixture
def sound(ledger: Ledger) -> Iterator[None]:
    """After the test, log and rows are what the entries say."""
    yield
    assert list(check(replace(ledger, catalogue=replace(ledger.catalogue, programmes={})))) == []


def asks(*said: Said, centre: str = "c1", role: Role = "recorder", key: str | None = None, batch: bool = True) -> Submission:
    entries = [{"kind": kind, "centre": centre, "body": body} for kind, body in said]
    items = load_batch({"entries": entries}) if batch else [load_entry(entries[0])]
    return Submission(Actor(role, f"{role}@{centre}", centre), items, batch, key)


def done(ledger: Ledger, asked: Submission, *, dry_run: bool = False) -> Answer:
    return submit(ledger, asked.by, asked.items, batch=asked.batch, key=asked.key, dry_run=dry_run, language=asked.language)


def told(answer: Any) -> list[dict[str, Any]]:
    """The receipts of an answer."""
    assert isinstance(answer, Answer), answer
    body = json.loads(answer.body)
    receipts: list[dict[str, Any]] = body.get("entries", [body])
    return receipts


def codes(refusal: object) -> list[tuple[str, str]]:
    assert isinstance(refusal, Refused), refusal
    return sorted((problem.path, problem.code) for problem in refusal.problems)


def refused(ledger: Ledger, asked: Submission, **how: Any) -> list[tuple[str, str]]:
    with pytest.raises(Refused) as caught:
        done(ledger, asked, **how)
    return codes(caught.value)


def everything(ledger: Ledger) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables."""
    with reading(ledger.engine) as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]
            for table in t.metadata.sorted_tables
        }


def payment(deal_no: str, amount: str = "1000.00") -> Said:
    return "payment", {"deal_no": deal_no, "received_on": "2025-11-05", "amount": amount, "payment_type": "upfront"}


def party(number: int, name: str) -> Said:
    return "party", {"party_id": f"ORG:{number}", "name": name, "party_kind": "association", "valid_from": "2020-01-01"}


# --- whole or not at all ---------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("sound")
def test_later_items_of_a_batch_build_on_earlier_ones(ledger: Ledger) -> None:
    deal = licence("L-1", [1, 2])
    first, second, third, fourth = told(done(ledger, asks(patent(1), patent(2), deal, payment("L-1"))))
    assert [one["index"] for one in (first, second, third, fourth)] == [10, 11, 12, 13]
    assert [one["seq"] for one in (first, second, third, fourth)] == [0, 1, 2, 3]
    assert (third["kind"], third["body"]["deal_no"]) == ("licence", "L-1")


def test_a_refused_batch_names_every_bad_item_and_leaves_no_trace(ledger: Ledger) -> None:
    before = everything(ledger)
    said = [patent(1), licence("L-1", [1, 9]), payment("L-0"), patent(1, filed_on="2019-01-01"), licence("L-1", [1])]
    assert refused(ledger, asks(*said)) == [
        ("entries.1.body.lines.1.patent_id", "unknown-patent"),
        ("entries.2.body.deal_no", "unknown-deal"),
        ("entries.3.body.filed_on", "patent-differs"),
    ]
    assert everything(ledger) == before


def test_in_a_single_entry_problems_stand_at_the_paths_of_the_entry(ledger: Ledger) -> None:
    assert refused(ledger, asks(payment("L-0"), batch=False)) == [("body.deal_no", "unknown-deal")]


def test_a_single_entry_is_answered_with_its_receipt_and_its_place(ledger: Ledger) -> None:
    answer = done(ledger, asks(patent(1), batch=False))
    assert (answer.status, answer.location, answer.replayed) == (201, "/v1/entries/10", False)
    with reading(ledger.engine) as connection:
        entry = log.entries_in(connection, [10])[10]
        assert receipts(connection, [entry]) == [json.loads(answer.body)]


@pytest.mark.usefixtures("sound")
def test_an_item_may_speak_of_an_entry_of_its_own_batch(ledger: Ledger) -> None:
    said = [patent(1), licence("L-1", [1]), ("reversal", {"entry": 11, "reason": "data_error"}), licence("L-1", [1], amount="5.00")]
    assert [one["kind"] for one in told(done(ledger, asks(*said)))] == ["patent", "licence", "reversal", "licence"]


def test_an_item_cannot_speak_of_an_entry_that_is_still_to_come(ledger: Ledger) -> None:
    said = [("reversal", {"entry": 11, "reason": "data_error"}), patent(1)]
    assert refused(ledger, asks(*said)) == [("entries.0.body.entry", "unknown-entry")]


# --- rehearsals ------------------------------------------------------------------------------------------------------


def test_a_rehearsal_keeps_nothing_and_answers_what_recording_then_does(ledger: Ledger) -> None:
    before = everything(ledger)
    asked = asks(patent(1), patent(2), licence("L-1", [1, 2], registration_no="1"), key="k")
    rehearsed = done(ledger, asked, dry_run=True)
    assert everything(ledger) == before
    recorded = done(ledger, asked)
    assert (rehearsed.status, recorded.status) == (200, 201)
    assert all(one["leaf_hash"] for one in told(recorded))
    assert told(rehearsed) == [one | {"leaf_hash": None, "proof": None} for one in told(recorded)]


def test_a_rehearsal_refuses_what_recording_refuses(ledger: Ledger) -> None:
    asked = asks(licence("L-1", [9]), payment("L-1"))
    rehearsed = refused(ledger, asked, dry_run=True)
    assert rehearsed == refused(ledger, asked)
    assert len(rehearsed) == 2


# --- the same request again ------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("sound")
def test_the_same_key_gets_the_first_answer_to_the_byte_whatever_happened_since(ledger: Ledger) -> None:
    asked = asks(patent(1), batch=False, key="k")
    first = done(ledger, asked)
    say(ledger, "recorder", "c1", ("reversal", {"entry": 10, "reason": "data_error"}))
    before = everything(ledger)
    again = done(replace(ledger, clock=lambda: NOW + timedelta(days=9)), replace(asked, language="en"))
    assert (again.body, again.status, again.location, again.replayed) == (first.body, 201, "/v1/entries/10", True)
    assert everything(ledger) == before


def test_content_is_the_same_however_it_is_spelt(ledger: Ledger) -> None:
    first = done(ledger, asks(patent(1), key="k"))
    kind, body = patent(1)
    spelt = body | {"patent_id": f" zl{patent_id(1)[2:]} "}
    again = done(ledger, asks((kind, dict(reversed(spelt.items()))), key="k"))
    assert (again.body, again.replayed) == (first.body, True)


@pytest.mark.parametrize(
    "other", [asks(patent(2), key="k"), asks(patent(1), patent(2), key="k"), asks(patent(1), key="k", batch=False)],
    ids=["another", "one more", "alone"],
)  # fmt: skip
def test_the_same_key_for_other_content_is_a_mismatch_that_names_the_entry(ledger: Ledger, other: Submission) -> None:
    done(ledger, asks(patent(1), key="k"))
    before = everything(ledger)
    with pytest.raises(Refused) as caught:
        done(ledger, other)
    [problem] = caught.value.problems
    assert (caught.value.status, problem.code, problem.path, problem.entry) == (422, "idempotency-mismatch", "Idempotency-Key", 10)
    assert everything(ledger) == before


def test_two_centres_may_use_the_same_key(ledger: Ledger) -> None:
    for number, centre in enumerate(("c1", "c2")):
        answer = done(ledger, asks(patent(1 + number), centre=centre, key="k"))
        assert (answer.replayed, told(answer)[0]["index"]) == (False, 10 + number)


def test_what_a_key_stands_for_is_told_to_its_own_centre_only(ledger: Ledger) -> None:
    asked = asks(patent(1), key="k")
    done(ledger, asked)
    stranger = Actor("recorder", "recorder@c2", "c2")
    for one in (asked, asks(patent(2), key="k")):
        assert refused(ledger, replace(one, by=stranger)) == [("entries.0.centre", "forbidden")]


def test_a_refusal_uses_up_no_key(ledger: Ledger) -> None:
    assert refused(ledger, asks(licence("L-1", [1]), key="k"))
    say(ledger, "recorder", "c1", patent(1))
    answer = done(ledger, asks(licence("L-1", [1]), key="k"))
    assert (answer.status, answer.replayed) == (201, False)


def test_a_rehearsal_of_a_request_already_recorded_shows_what_was_recorded(ledger: Ledger) -> None:
    first = done(ledger, asks(patent(1), key="k"))
    rehearsed = done(ledger, asks(patent(1), key="k"), dry_run=True)
    assert (rehearsed.status, rehearsed.replayed, rehearsed.body) == (200, True, first.body)


@pytest.mark.usefixtures("sound")
def test_keys_hold_within_a_group_as_between_groups(ledger: Ledger) -> None:
    bad, good, other = asks(licence("L-1", [1]), key="k"), asks(patent(1), key="k"), asks(patent(2), key="k")
    refusal, first, again, mismatch, deal = append(ledger, [bad, good, good, other, replace(bad, key="l")])
    assert codes(refusal) == [("entries.0.body.lines.0.patent_id", "unknown-patent")]
    assert isinstance(first, Answer)
    assert isinstance(again, Answer)
    assert (first.replayed, again.replayed, again.body) == (False, True, first.body)
    assert codes(mismatch) == [("Idempotency-Key", "idempotency-mismatch")]
    assert told(deal)[0]["index"] == 11


# --- instants --------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("sound")
def test_instants_follow_the_order_of_entries_when_the_clock_jumps_back(ledger: Ledger) -> None:
    ticks = iter([3600, 0, -3600, -7200, -7200, 7200, 1])
    jumping = replace(ledger, clock=lambda: NOW + timedelta(days=1, seconds=next(ticks)))
    answers = [done(jumping, asks(patent(1))), *append(jumping, [asks(patent(2), patent(3)), asks(patent(4))])]
    answers += [done(jumping, asks(patent(n))) for n in (5, 6, 7)]
    instants = [parse_instant(one["recorded_at"]) for answer in answers for one in told(answer)]
    start = NOW + timedelta(days=1, hours=1)
    micro = timedelta(microseconds=1)
    assert instants == [start, *(start + n * micro for n in range(1, 5)), *(start + timedelta(hours=1) + n * micro for n in (0, 1))]


def test_a_refusal_does_not_move_the_instants_of_others(ledger: Ledger) -> None:
    first, refusal, second = append(ledger, [asks(patent(1)), asks(patent(2), payment("L-0")), asks(patent(2))])
    assert isinstance(refusal, Refused)
    [one], [two] = told(first), told(second)
    assert parse_instant(two["recorded_at"]) - parse_instant(one["recorded_at"]) == timedelta(microseconds=1)


# --- groups ----------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("sound")
@pytest.mark.parametrize("key", [None, "k"])
def test_a_refusal_in_the_middle_of_a_group_leaves_no_trace_and_the_others_are_right(ledger: Ledger, key: str | None) -> None:
    before, bad, after, of_another, unknown = append(
        ledger,
        [
            asks(patent(1), key=key),
            asks(patent(2), licence("L-1", [1, 2]), ("reversal", {"entry": 10, "reason": "data_error"}), payment("L-0")),
            asks(licence("L-1", [1])),
            asks(patent(2, title="另一件"), centre="c2"),
            asks(licence("L-2", [3]), centre="c2"),
        ],
    )
    assert codes(bad) == [("entries.2.body.entry", "in-use"), ("entries.3.body.deal_no", "unknown-deal")]
    assert codes(unknown) == [("entries.0.body.lines.0.patent_id", "unknown-patent")]
    places = [(one["index"], one["centre"], one["seq"], one["kind"]) for a in (before, after, of_another) for one in told(a)]
    assert places == [(10, "c1", 0, "patent"), (11, "c1", 1, "licence"), (12, "c2", 0, "patent")]
    with ledger.read() as look:
        assert look.size == 13


def test_submissions_of_a_group_build_on_each_other(ledger: Ledger) -> None:
    outcomes = append(ledger, [asks(patent(1)), asks(licence("L-1", [1])), asks(licence("L-1", [1])), asks(payment("L-1"))])
    assert codes(outcomes[2]) == [("entries.0.body.deal_no", "deal-exists")]
    assert [told(outcomes[place])[0]["index"] for place in (0, 1, 3)] == [10, 11, 12]


def test_a_group_is_one_transaction(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    locks = []
    lock_head = log.lock_head

    def counted(connection: Connection) -> log.Head:
        locks.append(connection)
        return lock_head(connection)

    monkeypatch.setattr(log, "lock_head", counted)
    assert len(append(ledger, [asks(patent(n), key=f"k{n}" if n % 2 else None) for n in range(1, 9)])) == 8
    assert len(locks) == 1


@pytest.mark.usefixtures("sound")
def test_what_the_database_refuses_in_a_group_spoils_nobody_elses_request(ledger: Ledger) -> None:
    with ledger.engine.begin() as connection:  # nothing of ours refuses what the rules let pass, so the test makes something
        connection.exec_driver_sql("CREATE UNIQUE INDEX no_name_twice ON party_line (name)")
    first, second, third, fourth = append(
        ledger, [asks(party(1, "甲")), asks(patent(1), party(2, "甲"), key="k"), asks(party(3, "乙")), asks(patent(1), key="l")]
    )
    assert isinstance(second, IntegrityError)
    assert [told(one)[0]["index"] for one in (first, third, fourth)] == [10, 11, 12]
    with pytest.raises(IntegrityError):
        done(ledger, asks(party(2, "甲")))
    assert told(done(ledger, asks(party(2, "丙"), key="k")))[0]["index"] == 13  # its key was not used up


def test_what_the_database_refuses_once_is_taken_the_second_time(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    apply, calls = lines.apply, []

    def once(*words: Any) -> None:
        calls.append(words)
        if len(calls) == 1:
            raise IntegrityError("INSERT", {}, Exception("once"))
        apply(*words)

    monkeypatch.setattr(lines, "apply", once)
    outcomes = append(ledger, [asks(patent(1)), asks(licence("L-1", [1])), asks(licence("L-2", [2]))])
    assert [told(one)[0]["index"] for one in outcomes[:2]] == [10, 11]
    assert isinstance(outcomes[2], Refused)


def test_where_the_database_breaks_off_nothing_is_tried_again(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """It might have been kept: a second attempt would then record it twice."""
    calls = []

    def broken(*words: Any) -> None:
        calls.append(words)
        raise OperationalError("INSERT", {}, Exception("gone"))

    monkeypatch.setattr(lines, "apply", broken)
    before = everything(ledger)
    outcomes = append(ledger, [asks(patent(1)), asks(patent(2))])
    assert [type(one) for one in outcomes] == [OperationalError, OperationalError]
    assert len(calls) == 1
    assert everything(ledger) == before


# --- acceptances -----------------------------------------------------------------------------------------------------


@pytest.fixture
def submitted(ledger: Ledger) -> Ledger:
    """c1 has licensed one patent twice and submits its period; c2 submits an empty one. The log holds 15 entries."""
    deal = licence("L-1", [1], registered_on="2025-09-10")
    say(ledger, "recorder", "c1", patent(1), deal, licence("L-2", [1], registered_on="2025-10-10"))
    for centre in ("c1", "c2"):
        say(ledger, "signatory", centre, ("closing", {**THROUGH, "subject": centre, "action": "submit"}))
    return ledger


def decides(action: str = "accept", **more: Any) -> Said:
    return "closing", {**THROUGH, "action": action, **more}


def office(*said: Said, **more: Any) -> Submission:
    return asks(*said, centre="hb-ipo", role="authority", **more)


def card(ledger: Ledger, *, size: int | None = None, subject: str = "c1", on: date = date(2025, 12, 31)) -> dict[str, Any]:
    """The scorecard as it is answered."""
    with ledger.read() as look:
        known_at = None if size is None else str(size)
        ask = scorecard(look, AUDITOR, "hubei-2025", subject, on=on, known_at=known_at, level="recorded")
        answered: dict[str, Any] = json.loads(record.to_json(ask.answer()))
    return answered


def digest(value: Any) -> str:
    return hashlib.sha256(rfc8785.dumps(value)).hexdigest()


def figure(card: dict[str, Any], target: str, name: str = "value") -> Any:
    return next(row for row in card["targets"] if row["id"] == target)[name]


@pytest.mark.usefixtures("sound")
def test_an_acceptance_holds_the_size_the_figures_and_the_definition_that_it_binds(submitted: Ledger) -> None:
    [accepted] = told(done(submitted, office(decides(), batch=False)))
    body = accepted["body"]
    assert (accepted["index"], body["size"]) == (15, 15)
    bound = card(submitted, size=15)
    assert figure(bound, "times") == "2"
    assert body["scorecard_digest"] == digest(bound)
    assert body["programme_digest"] == submitted.catalogue.programmes["hubei-2025"].digest == bound["programme_digest"]
    with reading(submitted.engine) as connection:
        kept = definitions.find(connection, body["programme_digest"])
    assert kept is not None
    assert hashlib.sha256(kept.encode()).hexdigest() == body["programme_digest"]


def test_the_definition_is_kept_once_for_all_who_are_accepted_by_it(submitted: Ledger) -> None:
    for subject in ("c1", "c2"):
        done(submitted, office(decides(subject=subject)))
    assert len(everything(submitted)["definition"]) == 1


def test_an_acceptance_of_the_figures_seen_is_taken_and_of_others_refused(submitted: Ledger) -> None:
    seen = digest(card(submitted))
    say(submitted, "recorder", "c2", patent(2))
    before = everything(submitted)
    with pytest.raises(Refused) as caught:
        done(submitted, office(decides(scorecard_digest=seen), batch=False))
    assert (caught.value.status, codes(caught.value)) == (409, [("body.scorecard_digest", "figures-moved")])
    assert everything(submitted) == before
    now = digest(card(submitted))
    assert now in caught.value.problems[0].en
    [accepted] = told(done(submitted, office(decides(scorecard_digest=now))))
    assert accepted["body"]["scorecard_digest"] == now


def test_a_rehearsed_acceptance_tells_the_digest_and_keeps_nothing(submitted: Ledger) -> None:
    before = everything(submitted)
    [rehearsed] = told(done(submitted, office(decides()), dry_run=True))
    assert rehearsed["body"]["scorecard_digest"] == digest(card(submitted))
    assert everything(submitted) == before


def test_a_decision_holds_from_the_acceptance_until_the_period_is_reopened(submitted: Ledger) -> None:
    done(submitted, office(decides(decisions={"growth": True})))
    done(submitted, office(decides("reopen", note="补正")))
    assert [figure(card(submitted, size=size), "growth", "met") for size in (15, 16, 17)] == [None, True, None]
    assert card(submitted, size=15)["targets"] == card(submitted, size=17)["targets"]


@pytest.mark.usefixtures("sound")
def test_an_acceptance_counts_the_items_before_it_in_its_batch_and_none_after(submitted: Ledger) -> None:
    verdicts = [("attestation", {"entry": entry, "verdict": "rejected"}) for entry in (11, 12)]
    _, accepted, _ = told(done(submitted, office(verdicts[0], decides(), verdicts[1], key="k")))
    assert (accepted["index"], accepted["body"]["size"]) == (16, 16)
    assert accepted["body"]["scorecard_digest"] == digest(card(submitted, size=16))
    assert [figure(card(submitted, size=size), "times") for size in (15, 16, 18)] == ["2", "1", "0"]


@pytest.mark.usefixtures("sound")
def test_a_batch_that_is_refused_after_its_acceptance_leaves_no_trace_in_a_group(submitted: Ledger) -> None:
    verdict: Said = ("attestation", {"entry": 11, "verdict": "rejected"})
    first, refusal, second = append(
        submitted,
        [
            office(decides(subject="c2")),
            office(party(1, "甲"), verdict, decides(), decides()),
            office(decides(), party(1, "乙"), key="k"),
        ],
    )
    assert codes(refusal) == [("entries.3.body.action", "period-closed")]
    assert [one["index"] for answer in (first, second) for one in told(answer)] == [15, 16, 17]
    for answer, subject, size in ((first, "c2", 15), (second, "c1", 16)):
        assert told(answer)[0]["body"]["size"] == size
        assert told(answer)[0]["body"]["scorecard_digest"] == digest(card(submitted, size=size, subject=subject))
    assert figure(card(submitted), "times") == "2"


@pytest.mark.usefixtures("sound")
def test_a_group_in_which_all_acceptances_are_refused_takes_the_rest(submitted: Ledger) -> None:
    moved = office(patent(7), decides(scorecard_digest="0" * 64))
    first, refusal, again, last = append(submitted, [asks(patent(8)), moved, moved, asks(patent(9))])
    assert codes(refusal) == codes(again) == [("entries.1.body.scorecard_digest", "figures-moved")]
    assert [told(answer)[0]["index"] for answer in (first, last)] == [15, 16]
    assert everything(submitted)["definition"] == []
    # What was rolled back is nowhere in mind either.
    assert told(done(submitted, asks(patent(7, title="第一次"))))[0]["index"] == 17


@pytest.mark.usefixtures("sound")
def test_acceptances_of_one_group_see_each_other(submitted: Ledger) -> None:
    submits = asks(decides("submit"), role="signatory")
    first, twice, _, _, second = append(
        submitted, [office(decides()), office(decides()), office(decides("reopen", note="补正")), submits, office(decides())]
    )
    assert isinstance(twice, Refused)
    assert [(problem.code, problem.entry) for problem in twice.problems] == [("period-closed", 15)]
    for answer, size in ((first, 15), (second, 18)):
        assert told(answer)[0]["index"] == told(answer)[0]["body"]["size"] == size
        assert told(answer)[0]["body"]["scorecard_digest"] == digest(card(submitted, size=size))


@pytest.mark.parametrize("through", ["2024-01-31", "2099-12-31"])
def test_periods_before_a_start_and_in_the_future_are_bound_like_others(ledger: Ledger, through: str) -> None:
    say(ledger, "signatory", "c1", decides("submit", through=through))
    [accepted] = told(done(ledger, office(decides(through=through))))
    assert accepted["body"]["scorecard_digest"] == digest(card(ledger, size=11, on=date.fromisoformat(through)))


def test_entries_far_beyond_the_log_are_unknown_and_no_accident(ledger: Ledger) -> None:
    for number in (10, 2**40, 2**53 - 1):
        verdict: Said = ("attestation", {"entry": number, "verdict": "verified"})
        assert refused(ledger, office(verdict)) == [("entries.0.body.entry", "unknown-entry")]


@pytest.mark.usefixtures("sound")
def test_a_deal_of_more_parties_than_fit_into_a_name_is_kept_and_claimed_like_others(ledger: Ledger) -> None:
    many = [f"ORG:{number}" for number in range(30)]
    associations = [party(number, f"协会 {number}") for number in range(30)]
    say(ledger, "recorder", "c1", patent(1), *associations, licence("L-1", [1], grantees=[FIRM, *many], registered_on="2025-09-10"))
    claim = licence("X-1", [1], grantees=[FIRM, *many], registered_on="2025-09-10")
    [again] = told(done(ledger, asks(claim, centre="c2")))
    assert [warning["code"] for warning in again["warnings"]] == ["contested"]


def test_a_long_deal_is_taken_back_from_a_submitted_book_with_as_few_statements_as_a_short_one(ledger: Ledger) -> None:
    many = [f"ORG:{number}" for number in range(30)]  # which are kept apart from the line
    sent = []
    for numbers in (range(1, 4), range(11, 61)):
        given = {"registration_no": f"R-{len(numbers)}", "registered_on": "2026-02-01", "grantees": many}
        deal = licence(f"L-{len(numbers)}", numbers, **given)
        first = say(ledger, "recorder", "c1", *map(patent, numbers), deal)
        if not sent:
            say(ledger, "signatory", "c1", decides("submit"))
        with selects(ledger) as seen:
            say(ledger, "recorder", "c1", ("reversal", {"entry": first + len(numbers), "reason": "void"}))
        sent.append(len(seen))
    assert sent[0] == sent[1]
