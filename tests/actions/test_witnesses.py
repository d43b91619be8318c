"""With witnesses: published is what enough of them have cosigned, whatever some of them do, and a copy of the log is found out.

The witnesses are real servers on this machine (`tests/witness.py`) that keep to the protocol until told otherwise.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import Engine

from ledger.actions import witnesses
from ledger.actions.gather import gather
from ledger.actions.hindrances import CannotPublish
from ledger.actions.ledger import Ledger
from ledger.actions.publish import Published, covering, ensure_covering, publish, published
from ledger.actions.sign import look, sign
from ledger.facts.problems import Refused
from ledger.proof.notes import Note, Signature, verified
from ledger.proof.policies import Policy
from ledger.signing import Fence
from ledger.store import tables as t
from ledger.store.database import connect
from tests.actions.publishing import FOUND, copied, every, founded, grow, key_of, signed_rightly, sizes, with_settings
from tests.listening import Reply
from tests.witness import Witness, policy, witness

Three = tuple[Witness, Witness, Witness]


@pytest.fixture
def ledger(engine: Engine, tmp_path: Path) -> Ledger:
    """It asks nobody yet: `asking` has it ask some."""
    return founded(tmp_path, engine)


@pytest.fixture
def three(ledger: Ledger) -> Iterator[Three]:
    with ExitStack() as stack:
        one, two, three = (stack.enter_context(witness(name, key_of(ledger))) for name in ("w1", "w2", "w3"))
        yield one, two, three


def asking(ledger: Ledger, *asked: Witness, threshold: int | None = None, seconds: float = 10.0) -> Ledger:
    return with_settings(ledger, witnesses=policy(asked, threshold), witness_timeout_seconds=seconds)


def seen(ledger: Ledger) -> Published | None:
    with ledger.read() as reading:
        return published(reading)


def size_of(found: Published | None) -> int | None:
    return None if found is None else found.size


def signers(ledger: Ledger, found: Published | None) -> list[str]:
    """The names under a published note, all of whose signatures hold."""
    assert found is not None
    note = Note.parse(found.note)
    keys = [key_of(ledger), *(one.key for one in ledger.settings.witnesses.witnesses)]
    assert len(verified(note, keys)) == len(note.signatures)
    return [one.name for one in note.signatures]


def waits(ledger: Ledger, *words: str) -> None:
    """Publishing tells that the quorum is not met, and why."""
    with pytest.raises(CannotPublish) as caught:
        publish(ledger)
    assert "has not the cosignatures that LEDGER_WITNESSES asks for" in caught.value.en
    for word in words:
        assert word in caught.value.en or word in caught.value.zh


# --- the quorum ------------------------------------------------------------------------------------------------------


def test_what_all_have_cosigned_is_published_with_their_lines_in_the_order_of_their_keys(ledger: Ledger, three: Three) -> None:
    one, two, third = three
    ledger = asking(ledger, third, one, two)
    found = publish(ledger)
    assert signers(ledger, found) == ["ledger.example/log", *(f"{name}.example/witness" for name in ("w1", "w2", "w3"))]
    assert seen(ledger) == found
    assert {one.seen["ledger.example/log"][0] for one in three} == {FOUND}


def test_each_further_checkpoint_starts_from_what_the_witness_saw_last(ledger: Ledger, three: Three) -> None:
    one = three[0]
    ledger = asking(ledger, one)
    for number in range(3):
        publish(ledger)
        grow(ledger, number)
    publish(ledger)
    assert one.olds == [0, FOUND, FOUND + 1, FOUND + 2]
    assert [told.size for told in signed_rightly(ledger)] == [FOUND, FOUND + 1, FOUND + 2, FOUND + 3]


def test_while_the_quorum_is_not_met_the_older_checkpoint_stays_published(ledger: Ledger, three: Three) -> None:
    one, two, _ = three
    ledger = asking(ledger, one, two)
    first = publish(ledger)
    grow(ledger, 1)
    two.mood = lambda _: Reply(500)
    waits(ledger, "w2 answers with status 500", "w2 答复状态 500")
    assert seen(ledger) == first
    with ledger.read() as reading:
        assert covering(reading, FOUND) == first
        assert covering(reading, FOUND + 1) is None


def test_a_checkpoint_that_waits_is_finished_before_the_next_is_signed(ledger: Ledger, three: Three) -> None:
    one, two, _ = three
    ledger = asking(ledger, one, two)
    two.mood = lambda _: Reply(503)
    for number in range(3):
        waits(ledger, "w2")
        grow(ledger, number)
    assert sizes(ledger) == [FOUND]
    assert one.olds == [0]  # who has cosigned it is not asked again
    two.mood = lambda reply: reply
    assert size_of(publish(ledger)) == FOUND + 3
    assert sizes(ledger) == [FOUND, FOUND + 3]
    with ledger.read() as reading:
        assert size_of(covering(reading, 1)) == FOUND


def test_two_of_three_are_enough_and_a_published_checkpoint_keeps_its_bytes(ledger: Ledger, three: Three) -> None:
    ledger = asking(ledger, *three, threshold=2)
    three[1].mood = lambda _: Reply(500)
    found = publish(ledger)
    assert signers(ledger, found) == ["ledger.example/log", "w1.example/witness", "w3.example/witness"]
    three[1].mood = lambda reply: reply
    assert publish(ledger) == found
    assert three[1].olds == [0]
    grow(ledger, 1)
    assert len(signers(ledger, publish(ledger))) == 4
    with ledger.read() as reading:
        assert covering(reading, FOUND) == found


def test_cosignatures_of_two_rounds_make_one_quorum(ledger: Ledger, three: Three) -> None:
    """They need not all be there at one time."""
    one, two, _ = three
    ledger = asking(ledger, one, two)
    two.mood = lambda _: Reply(500)
    waits(ledger, "w2")
    one.mood, two.mood = lambda _: Reply(500), lambda reply: reply
    assert len(signers(ledger, publish(ledger))) == 3


def meanwhile(ledger: Ledger, one: Witness, others: list[Witness], outcomes: list[Published | None]) -> None:
    """While `one` is asked by the ledger, another process publishes too, and only the others answer it."""
    engine = connect(ledger.engine.url)
    process = replace(ledger, engine=engine, read_engine=engine)
    first = iter([True])

    def mood(reply: Reply) -> Reply:
        if not next(first, False):
            return Reply(500)
        try:
            outcomes.append(publish(process))
        except CannotPublish:
            outcomes.append(None)
        engine.dispose()
        return reply

    one.mood = mood
    for other in others:
        other.mood = lambda _: Reply(500)


def test_who_comes_late_with_a_cosignature_does_not_change_what_is_published(ledger: Ledger, three: Three) -> None:
    one, two, _ = three
    ledger = asking(ledger, one, two, threshold=1)
    outcomes: list[Published | None] = []
    meanwhile(ledger, one, [], outcomes)
    found = publish(ledger)
    assert outcomes == [found]
    assert signers(ledger, found) == ["ledger.example/log", "w2.example/witness"]
    assert [row.witness for row in every(ledger, t.cosignature)] == [str(two.key)]


def test_a_cosignature_that_two_processes_gathered_is_kept_once(ledger: Ledger, three: Three) -> None:
    one, _, third = three
    ledger = asking(ledger, *three, threshold=2)
    outcomes: list[Published | None] = []
    meanwhile(ledger, one, [third], outcomes)
    assert signers(ledger, publish(ledger)) == ["ledger.example/log", "w1.example/witness", "w2.example/witness"]
    assert outcomes == [None]


def test_a_witness_ahead_of_one_checkpoint_by_our_own_next_one_is_no_sign_of_loss(ledger: Ledger, three: Three) -> None:
    one, two, _ = three
    ledger = asking(ledger, one, two)
    two.mood = lambda _: Reply(500)
    older = sign(ledger, look(ledger))
    grow(ledger, 1)
    newer = sign(ledger, look(ledger))
    assert older
    assert newer
    with pytest.raises(CannotPublish, match="w2 answers with status 500"):
        gather(ledger, newer)
    with pytest.raises(CannotPublish, match="w1 has seen 11 entries; w2 answers with status 500"):
        gather(ledger, older)


def test_what_a_larger_published_checkpoint_covers_is_not_published_any_more(ledger: Ledger, three: Three) -> None:
    """Of two that wait, which only somebody can bring about who signs past `publish`: publications never go back."""
    ledger = asking(ledger, three[0])
    older = sign(ledger, look(ledger))
    grow(ledger, 1)
    newer = sign(ledger, look(ledger))
    assert older
    assert newer
    gather(ledger, newer)
    gather(ledger, older)
    assert [row.size for row in every(ledger, t.publication)] == [FOUND + 1]


def test_without_a_quorum_nobody_is_asked(ledger: Ledger, three: Three) -> None:
    ledger = asking(ledger, *three, threshold=0)
    assert signers(ledger, publish(ledger)) == ["ledger.example/log"]
    assert [one.olds for one in three] == [[], [], []]


def test_a_policy_that_is_set_later_holds_for_later_checkpoints_and_takes_nothing_back(ledger: Ledger, three: Three) -> None:
    first = publish(ledger)
    grow(ledger, 1)
    second = publish(ledger)
    strict = asking(ledger, three[0])
    assert seen(strict) == second == publish(strict)
    assert three[0].olds == []
    with strict.read() as reading:
        assert covering(reading, 1) == first
    assert ensure_covering(strict, FOUND + 1) == second
    grow(strict, 2)
    three[0].mood = lambda _: Reply(500)
    waits(strict, "w1")
    assert seen(strict) == second
    three[0].mood = lambda reply: reply
    assert signers(strict, publish(strict)) == ["ledger.example/log", "w1.example/witness"]
    assert three[0].olds[0] == 0  # of what was published before it heard nothing


def test_a_published_checkpoint_keeps_its_bytes_whatever_policy_comes_later(ledger: Ledger, three: Three) -> None:
    one, two, third = three
    found = publish(asking(ledger, two, one))
    for policy_ in ((one, two, third), (two,), (third,), ()):
        later = asking(ledger, *policy_) if policy_ else ledger
        assert seen(later) == found == publish(later)
    assert [row.size for row in every(ledger, t.publication)] == [FOUND]


def test_a_witness_whose_key_has_changed_is_asked_for_the_next_checkpoint(ledger: Ledger, three: Three) -> None:
    one, two, _ = three
    found = publish(asking(ledger, one))
    renewed = replace(policy([one]).witnesses[0], key=two.key, url=two.url)
    ledger = with_settings(ledger, witnesses=Policy(witnesses=(renewed,), quorum="w1"))
    assert seen(ledger) == found == publish(ledger)
    grow(ledger, 1)
    assert signers(ledger, publish(ledger)) == ["ledger.example/log", "w2.example/witness"]


@pytest.mark.parametrize("grows", [False, True])
def test_what_waits_is_published_by_the_next_round_once_the_policy_asks_for_nobody(
    ledger: Ledger, three: Three, grows: bool
) -> None:
    one, two, _ = three
    strict = asking(ledger, one, two)
    two.mood = lambda _: Reply(500)
    waits(strict, "w2")
    assert seen(strict) is None
    assert every(ledger, t.publication) == []
    if grows:
        grow(ledger, 1)
    last = publish(ledger)
    assert size_of(last) == FOUND + grows
    assert [row.size for row in every(ledger, t.publication)] == [FOUND, FOUND + 1][: 1 + grows]
    with ledger.read() as reading:
        first = covering(reading, FOUND)
    assert signers(strict, first) == ["ledger.example/log", "w1.example/witness"]  # who had cosigned it by then


def test_a_checkpoint_that_waits_is_published_once_the_policy_is_content_with_what_it_has(ledger: Ledger, three: Three) -> None:
    one, two, _ = three
    two.mood = lambda _: Reply(500)
    waits(asking(ledger, one, two), "w2")
    assert signers(asking(ledger, one, two), publish(asking(ledger, one))) == ["ledger.example/log", "w1.example/witness"]
    assert one.olds == [0]


def test_a_request_is_told_what_the_witnesses_said(ledger: Ledger, three: Three) -> None:
    three[0].mood = lambda _: Reply(403)
    with pytest.raises(Refused) as caught:
        ensure_covering(asking(ledger, three[0]), FOUND)
    assert caught.value.status == 503
    assert "w1 does not trust the key of this log" in caught.value.problems[0].en
    assert "w1 不认可本日志的密钥" in caught.value.problems[0].zh


# --- starting elsewhere ----------------------------------------------------------------------------------------------


def test_a_witness_that_has_seen_more_than_we_know_tells_where_to_start(ledger: Ledger, three: Three) -> None:
    """Its cosignature was lost on the way: it answers 409 with its size, and gets the proof from there."""
    one = three[0]
    ledger = asking(ledger, one)

    def lost(reply: Reply) -> Reply:
        return Reply(500) if reply.status == 200 else reply

    one.mood = lost
    waits(ledger, "w1")
    one.mood = lambda reply: reply
    publish(ledger)
    assert one.olds == [0, 0, FOUND]
    grow(ledger, 1)
    assert size_of(publish(ledger)) == FOUND + 1


def test_a_witness_that_names_other_sizes_for_ever_is_left(ledger: Ledger, three: Three) -> None:
    names = iter((1, 2, 3, 4, 5))
    three[0].mood = lambda _: Reply(409, f"{next(names)}\n".encode(), "text/x.tlog.size")
    waits(asking(ledger, three[0]), "w1 names another size each time")
    assert three[0].olds == [0, 1, 2]


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(400), "takes the request for a faulty one"),
        (Reply(403), "does not trust the key of this log"),
        (Reply(404), "does not know this log: have its origin and key registered there"),
        (Reply(422), "finds that this tree does not continue the one it has seen"),
        (Reply(409), "has seen another tree under this origin"),
        (Reply(409, b"7\n", "text/plain"), "has seen another tree under this origin"),
        (Reply(409, b"007\n", "text/x.tlog.size"), "has seen another tree under this origin"),
        (Reply(409, b"0\n", "text/x.tlog.size"), "has seen another tree under this origin"),
        (Reply(204), "answers with status 204"),
        (Reply(200), "answers without a cosignature of its key that holds"),
        (Reply(200, b"\xff\xff"), "answers without a cosignature of its key that holds"),
        (Reply(200, "— w1.example/witness AAAA\n".encode()), "answers without a cosignature"),
        (Reply(200, b"x" * 100_000), "answers at too great a length"),
        (Reply(302, location="http://127.0.0.1:9/"), "answers with status 302"),
    ],
    ids=lambda value: f"{value.status} {value.media_type}" if isinstance(value, Reply) else "",
)
def test_every_answer_that_is_no_cosignature_is_a_reason(ledger: Ledger, three: Three, reply: Reply, words: str) -> None:
    three[0].mood = lambda _: reply
    waits(asking(ledger, three[0]), f"w1 {words}")
    assert every(ledger, t.cosignature) == []


# --- witnesses that lie, sleep or are not there ----------------------------------------------------------------------


def forged(one: Witness) -> Callable[[Reply], Reply]:
    def answer(reply: Reply) -> Reply:
        right = Signature.parse(reply.body.decode())
        return Reply(200, replace(right, data=right.data[:-1] + bytes([right.data[-1] ^ 1])).line.encode())

    return answer


def of_another_text(one: Witness) -> Callable[[Reply], Reply]:
    return lambda _: Reply(200, one.line("ledger.example/log\n9\nAAAA\n").encode())


def of_another_key(one: Witness) -> Callable[[Reply], Reply]:
    def answer(reply: Reply) -> Reply:
        right = Signature.parse(reply.body.decode())
        return Reply(200, Signature(right.name, bytes(4), right.data).line.encode())

    return answer


def right_and_wrong(one: Witness) -> Callable[[Reply], Reply]:
    return lambda reply: Reply(200, reply.body + one.line("other\n").encode())


@pytest.mark.parametrize("lie", [forged, of_another_text, of_another_key, right_and_wrong])
def test_a_cosignature_that_does_not_hold_is_not_kept(
    ledger: Ledger, three: Three, lie: Callable[[Witness], Callable[[Reply], Reply]]
) -> None:
    one, two, _ = three
    two.mood = lie(two)
    waits(asking(ledger, one, two), "w2 answers without a cosignature of its key that holds")
    assert [row.witness for row in every(ledger, t.cosignature)] == [str(one.key)]


def test_lines_of_keys_that_we_do_not_know_are_left_out(ledger: Ledger, three: Three) -> None:
    one, two, _ = three
    one.mood = lambda reply: Reply(200, two.line("whatever\n").encode() + reply.body)
    ledger = asking(ledger, one)
    assert signers(ledger, publish(ledger)) == ["ledger.example/log", "w1.example/witness"]


@pytest.fixture
def sleeps() -> Iterator[Callable[[Reply], Reply]]:
    awake = Event()

    def sleep(reply: Reply) -> Reply:
        awake.wait(30)
        return reply

    yield sleep
    awake.set()


def test_nobody_is_waited_for_beyond_the_deadline(ledger: Ledger, three: Three, sleeps: Callable[[Reply], Reply]) -> None:
    one, two, third = three
    two.mood = third.mood = sleeps
    began = time.monotonic()
    waits(asking(ledger, *three, seconds=0.7), "w2 did not answer in time; w3 did not answer in time", "w2 未在时限内答复")
    assert time.monotonic() - began < 10
    assert [row.witness for row in every(ledger, t.cosignature)] == [str(one.key)]
    ledger = asking(ledger, *three, threshold=1, seconds=0.7)
    assert signers(ledger, publish(ledger)) == ["ledger.example/log", "w1.example/witness"]


def test_who_never_answers_does_not_gather_threads(
    ledger: Ledger, three: Three, sleeps: Callable[[Reply], Reply], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked again and again with a deadline that our own threads do not keep."""
    begun: list[int] = []
    held = Event()

    def hangs(*_: object) -> witnesses.Answer:
        begun.append(1)
        held.wait(30)
        return witnesses.SILENT

    monkeypatch.setattr(witnesses, "cosign", hangs)
    for _ in range(witnesses.TALKS_MAX + 3):
        waits(asking(ledger, three[0], seconds=0.05), "w1 did not answer in time")
    held.set()
    assert len(begun) == witnesses.TALKS_MAX


def test_a_witness_that_is_not_there_is_a_reason(ledger: Ledger, three: Three) -> None:
    with witness("gone", key_of(ledger)) as gone:
        pass
    waits(asking(ledger, three[0], gone), "gone cannot be reached (ConnectionRefusedError)", "gone 无法连接")
    ledger = asking(ledger, three[0], gone, threshold=1)
    grow(ledger, 1)
    assert size_of(publish(ledger)) == FOUND + 1


def test_a_witness_known_by_its_key_only_is_not_asked(ledger: Ledger, three: Three) -> None:
    one, two, _ = three
    told = policy([one, two], 1)
    silent = replace(told.witnesses[1], url=None)
    ledger = with_settings(ledger, witnesses=replace(told, witnesses=(told.witnesses[0], silent)))
    assert signers(ledger, publish(ledger)) == ["ledger.example/log", "w1.example/witness"]


# --- copies of the log -----------------------------------------------------------------------------------------------


@pytest.fixture
def clone(ledger: Ledger, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Callable[[Ledger], Ledger]]:
    """A copy of database, key and fence, as an operator makes a second service of a whole machine."""
    with ExitStack() as stack:

        def make(ledger: Ledger) -> Ledger:
            copy = stack.enter_context(copied(ledger, tmp_path, lambda: request.getfixturevalue("postgresql_server")))
            path, folder = ledger.settings.signing_key_file, tmp_path / "clone"
            folder.mkdir()
            for file in (path, Fence(path).path):
                (folder / file.name).write_bytes(file.read_bytes())
            return with_settings(copy, signing_key_file=folder / path.name)

        yield make


@pytest.mark.parametrize(("entries", "words"), [(2, "15 entries that were signed"), (9, "other first 15")])
def test_a_clone_with_key_and_fence_signs_nothing_once_a_witness_has_seen_the_log_itself_go_on(
    ledger: Ledger, three: Three, clone: Callable[[Ledger], Ledger], entries: int, words: str
) -> None:
    ledger = asking(ledger, three[0])
    publish(ledger)
    copy = clone(ledger)
    grow(ledger, 1, 5)
    publish(ledger)
    grow(copy, 100, entries)
    with pytest.raises(CannotPublish, match=f"the witness w1 tells of {words}") as caught:
        publish(copy)
    assert "见证方 w1 " in caught.value.zh
    assert sizes(copy) == [FOUND]
    assert size_of(seen(copy)) == FOUND
    grow(ledger, 50)
    assert size_of(publish(ledger)) == FOUND + 6


def test_a_clone_that_was_faster_than_the_log_itself_stops_the_log(
    ledger: Ledger, three: Three, clone: Callable[[Ledger], Ledger]
) -> None:
    """A witness cannot know which of two is the right one: it lets only one of them go on."""
    ledger = asking(ledger, three[0])
    publish(ledger)
    copy = clone(ledger)
    grow(copy, 100)
    publish(copy)
    grow(ledger, 1)
    with pytest.raises(CannotPublish, match=f"the witness w1 tells of other first {FOUND + 1} entries"):
        publish(ledger)


@pytest.mark.parametrize(("entries", "words"), [(2, "w1 tells of 15 entries"), (5, "does not continue"), (9, "does not continue")])
def test_where_a_witness_does_not_tell_what_it_saw_a_clone_signs_once_and_publishes_nothing(
    ledger: Ledger, three: Three, clone: Callable[[Ledger], Ledger], entries: int, words: str
) -> None:
    ledger = asking(ledger, three[0])
    publish(ledger)
    copy = clone(ledger)
    grow(ledger, 1, 5)
    publish(ledger)
    three[0].monitoring = lambda _: Reply(404)
    grow(copy, 100, entries)
    for _ in range(2):
        with pytest.raises(CannotPublish, match=words):
            publish(copy)
        assert sizes(copy) == [FOUND, FOUND + entries]
        assert size_of(seen(copy)) == FOUND


def test_without_a_quorum_a_clone_with_key_and_fence_is_not_stopped(
    ledger: Ledger, three: Three, clone: Callable[[Ledger], Ledger]
) -> None:
    """Nothing that it holds tells it from the log itself: whoever copies a whole machine needs witnesses, or care."""
    ledger = asking(ledger, *three, threshold=0)
    publish(ledger)
    copy = clone(ledger)
    grow(ledger, 1)
    grow(copy, 100)
    one, other = publish(ledger), publish(copy)
    assert size_of(one) == size_of(other) == FOUND + 1
    assert one != other


def test_a_log_without_its_fence_is_stopped_by_what_a_witness_saw(
    ledger: Ledger, three: Three, clone: Callable[[Ledger], Ledger]
) -> None:
    """Yesterday's backup on a new machine, with the key and nothing else."""
    ledger = asking(ledger, three[0])
    publish(ledger)
    yesterday = clone(ledger)
    Fence(yesterday.settings.signing_key_file).path.unlink()
    grow(ledger, 1, 3)
    publish(ledger)
    grow(yesterday, 100)
    with pytest.raises(CannotPublish, match=f"the witness w1 tells of {FOUND + 3} entries"):
        publish(yesterday)
    assert sizes(yesterday) == [FOUND]


@pytest.mark.parametrize(
    "reply",
    [
        Reply(404), Reply(500), Reply(200), Reply(200, b"\xff"), Reply(200, b"x\n\ny\n"), Reply(302, location="http://127.0.0.1:9/"),
        Reply(200, b"x" * 100_000),
    ],
    ids=lambda reply: f"{reply.status} {reply.body[:5]!r}",
)  # fmt: skip
def test_what_our_key_did_not_sign_keeps_us_from_nothing(ledger: Ledger, three: Three, reply: Reply) -> None:
    three[0].monitoring = lambda _: reply
    ledger = asking(ledger, three[0])
    publish(ledger)
    grow(ledger, 1)
    assert size_of(publish(ledger)) == FOUND + 1


def test_a_forged_checkpoint_of_ours_keeps_us_from_nothing(ledger: Ledger, three: Three) -> None:
    ledger = asking(ledger, three[0])
    publish(ledger)

    def boasts(reply: Reply) -> Reply:
        return Reply(200, reply.body.replace(b"\n10\n", b"\n1000\n"))

    three[0].monitoring = boasts
    grow(ledger, 1)
    assert size_of(publish(ledger)) == FOUND + 1


def test_witnesses_that_tell_nothing_in_time_keep_us_from_nothing(
    ledger: Ledger, three: Three, sleeps: Callable[[Reply], Reply]
) -> None:
    three[0].monitoring = sleeps
    ledger = asking(ledger, three[0], seconds=1.5)
    publish(ledger)
    assert three[0].asked == 1
    grow(ledger, 1)
    assert size_of(publish(ledger)) == FOUND + 1
