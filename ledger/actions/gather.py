"""Gathering cosignatures on a checkpoint until its quorum is met, which publishes it; and what the witnesses say they have seen.

- Witnesses are asked outside any transaction. What they answered is kept in one, under the publishing lock, together with the
  publication if that makes up the quorum.
- What is published stays so, with the cosignatures that it had then: none is kept afterwards, and another policy changes nothing.
- A policy that asks for nobody asks nobody, and publishes what has waited for others.

The words between us and a witness are `witnesses`; whether the log may be signed is `sign`.
"""

from typing import Final, Never

import structlog

from ledger.actions import hindrances, witnesses
from ledger.actions.ledger import Ledger
from ledger.actions.sign import Testimony
from ledger.actions.witnesses import SILENT, Answer, Submission
from ledger.facts.days import micros
from ledger.proof.merkle import consistency
from ledger.proof.notes import Note
from ledger.proof.policies import Policy, Witness
from ledger.store import checkpoints, log
from ledger.store.checkpoints import Lines, Signed
from ledger.store.database import reading, writing

_LOG: Final = structlog.get_logger("ledger.publisher")


def testimonies(ledger: Ledger) -> list[Testimony]:
    settings = ledger.settings

    def ask(witness: Witness, deadline: float) -> bytes | None:
        return witnesses.last_cosigned(witness, settings.origin, deadline)

    notes = witnesses.ask_all(_asked(settings.witnesses), ask, settings.witness_timeout_seconds)
    return [Testimony(name, note) for name, note in notes.items() if note is not None]


def _asked(policy: Policy) -> list[Witness]:
    return [one for one in policy.witnesses if one.url is not None]


def gather(ledger: Ledger, signed: Signed) -> None:
    """Have a checkpoint cosigned until its quorum is met, and publish it; nothing to do where it or a larger one is published.

    Raises CannotPublish where the quorum is not met, with what each witness said.
    """
    policy = ledger.settings.witnesses
    with reading(ledger.engine) as connection:
        if checkpoints.published_from(connection, signed.size):
            return
        lines = checkpoints.lines_of(connection, signed.size)
        # One that has cosigned beyond this checkpoint by now says so itself; no proof leads back.
        olds = {one.name: min(checkpoints.last_cosigned(connection, str(one.key)), signed.size) for one in policy.witnesses}
    submission = Submission(
        signed.size,
        Note.parse(signed.note.encode()).text,
        signed.note.encode(),
        lambda old: _proof(ledger, old, signed.size),
    )

    def ask(witness: Witness, deadline: float) -> Answer:
        return witnesses.cosign(witness, submission, olds[witness.name], deadline)

    missing = [] if _is_met(policy, lines) else [one for one in _asked(policy) if str(one.key) not in lines]
    answers = witnesses.ask_all(missing, ask, ledger.settings.witness_timeout_seconds)
    gained = {str(one.key): line for one in missing if (line := answers.get(one.name, SILENT).line)}
    with writing(ledger.engine) as tx:
        checkpoints.hold(tx)
        if checkpoints.published_from(tx, signed.size):
            return
        kept = checkpoints.lines_of(tx, signed.size)
        lines = {**gained, **kept}
        now = max(micros(ledger.clock()), signed.signed_at)  # whatever the clock here says
        if not _is_met(policy, kept):
            checkpoints.add_lines(tx, signed.size, {key: line for key, line in gained.items() if key not in kept}, now)
        met = _is_met(policy, lines)
        if met:
            checkpoints.add_publication(tx, signed.size, now)
        newest = checkpoints.newest(tx)
    if met:
        _LOG.info("published", size=signed.size, cosignatures=len(lines))
        return
    _refuse_for_want_of_quorum(signed.size, newest, missing, answers)


def _is_met(policy: Policy, lines: Lines) -> bool:
    """Whether these cosignatures, by the verifier keys of their witnesses, make up the quorum."""
    return policy.is_met([one.name for one in policy.witnesses if str(one.key) in lines])


def _refuse_for_want_of_quorum(size: int, newest: Signed | None, missing: list[Witness], answers: dict[str, Answer]) -> Never:
    for one in missing:
        ahead = answers.get(one.name, SILENT).ahead
        # Not beyond what another process may have had cosigned while we waited.
        if ahead is not None and newest is not None and ahead > newest.size:
            raise hindrances.behind(f"见证方 {one.name} ", f"the witness {one.name}", ahead, newest.size)
    told = [(one.name, answers.get(one.name, SILENT)) for one in missing]
    told = [(name, answer) for name, answer in told if answer.line is None]
    raise hindrances.not_cosigned(
        size,
        ";".join(f"{name} {answer.zh}" for name, answer in told),
        "; ".join(f"{name} {answer.en}" for name, answer in told),
    )


def _proof(ledger: Ledger, old: int, size: int) -> list[bytes]:
    with reading(ledger.engine) as connection:
        return consistency(log.tiles(connection, size, ledger.tile_roots), old, size)
