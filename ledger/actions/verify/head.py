"""The signed head: whether the log's key signed it, who else saw it, and whether an older head is its beginning.

- The key comes from whoever verifies, never from the bundle: what a bundle says of its own keys proves nothing.
- Cosignatures count by the policy of whoever verifies. By the policy in the bundle they are told, and not believed.
- An older checkpoint must be signed by the same key, be no larger, and have the root that this log has at that size: otherwise
  the log was cut back or rewritten.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from ledger.actions.verify.files import CHECKPOINT, POLICY, Files
from ledger.actions.verify.report import Report
from ledger.facts.days import format_instant, from_micros
from ledger.proof.checkpoints import Checkpoint
from ledger.proof.merkle import Damaged
from ledger.proof.notes import Note, VerifierKey, timestamp_of, verified
from ledger.proof.policies import BadPolicy, Policy, Witness

CHECK: Final = "signature"
SINCE: Final = "since"


@dataclass(frozen=True)
class Trust:
    """What the one who verifies brings along: the log's key, whose cosignatures they want, an older checkpoint."""

    key: VerifierKey
    policy: Policy | None = None
    since: bytes | None = None
    since_file: str = ""


def head_of(data: bytes | None, file: str, trust: Trust, report: Report, own: Policy | None = None) -> Checkpoint | None:
    """The checkpoint in a signed note, as far as it can be read; `own` is the policy that came with it."""
    report.check(CHECK)
    if data is None:
        report.deviate(CHECK, "missing", file)
        return None
    try:
        note = Note.parse(data)
        checkpoint = Checkpoint.parse(note.text)
    except Damaged as damage:
        report.deviate(CHECK, "unreadable", file, what=damage.what, why=damage.why)
        return None
    report.tell(CHECK, origin=checkpoint.origin, size=checkpoint.size)
    if checkpoint.origin != trust.key.name:
        report.deviate(CHECK, "origin", file, origin=checkpoint.origin, key=trust.key.name)
    try:
        verified(note, [trust.key])
    except Damaged as damage:
        report.deviate(CHECK, "not-signed", file, why=damage.why)
    _check_cosignatures(note, file, trust, report, own)
    return checkpoint


def _check_cosignatures(note: Note, file: str, trust: Trust, report: Report, own: Policy | None) -> None:
    report.tell(CHECK, cosignatures=0)
    if trust.policy is not None:
        good, bad = _cosigned(note, trust.policy.witnesses)
        for name in bad:
            report.deviate(CHECK, "cosignature", file, witness=name)
        if not trust.policy.is_met([name for name, _ in good]):
            report.deviate(CHECK, "quorum", file, quorum=trust.policy.quorum, witnesses=", ".join(name for name, _ in good) or "–")
        report.tell(CHECK, cosignatures=len(good), witnesses=[_told(name, at) for name, at in good], quorum=trust.policy.quorum)
        if trust.policy.quorum is None:
            report.note("no-quorum")
        return
    if own is not None and own.witnesses:
        good, bad = _cosigned(note, own.witnesses)
        for name in bad:
            report.deviate(CHECK, "cosignature", file, witness=name)
        report.tell(CHECK, cosignatures=len(good), witnesses=[_told(name, at) for name, at in good])
        if good:
            report.note("own-witnesses", witnesses=", ".join(name for name, _ in good))
            return
    report.note("no-witness")


def _cosigned(note: Note, witnesses: Sequence[Witness]) -> tuple[list[tuple[str, int]], list[str]]:
    """Which witnesses saw this head, each with the time it says, and those under whose name a line does not hold."""
    good, bad = [], []
    for witness in witnesses:
        own = [one for one in note.signatures if (one.name, one.key_id) == (witness.key.name, witness.key.id)]
        if not all(witness.key.verifies(note.text, one.data) for one in own):  # one bad line is enough (signed-note)
            bad.append(witness.name)
        elif own:
            good.append((witness.name, max(map(timestamp_of, own))))
    return good, bad


def _told(name: str, at: int) -> dict[str, Any]:
    try:
        time: str | None = format_instant(from_micros(at * 1_000_000))
    except OverflowError:
        time = None  # a witness may claim a time beyond the calendar
    return {"witness": name, "time": time}


def own_policy(files: Files, trust: Trust, report: Report) -> Policy | None:
    """The policy in the bundle: that it can be read, is written in the one way, and names the key that was given."""
    report.check("policy")
    data = files.content(POLICY)
    if data is None:
        report.deviate("policy", "missing", POLICY)
        return None
    try:
        policy = Policy.parse(text := data.decode("utf-8"))
    except (BadPolicy, UnicodeDecodeError) as error:
        report.deviate("policy", "unreadable", POLICY, why=str(error))
        return None
    if policy.text != text:
        report.deviate("policy", "spelling", POLICY)
    if policy.logs != (trust.key,):
        report.deviate("policy", "other-key", POLICY, keys=", ".join(map(str, policy.logs)) or "–", key=str(trust.key))
    report.tell("policy", witnesses=len(policy.witnesses), quorum=policy.quorum)
    return policy


def older_head(trust: Trust, head: Checkpoint | None, report: Report) -> Checkpoint | None:
    """The checkpoint that was kept from before, if it can be compared; its root is looked at when the log has been read so far."""
    assert trust.since is not None
    report.check(SINCE)
    try:
        note = Note.parse(trust.since)
        old = Checkpoint.parse(note.text)
        verified(note, [trust.key])
    except Damaged as damage:
        report.deviate(SINCE, "unreadable", trust.since_file, what=damage.what, why=damage.why)
        return None
    report.tell(SINCE, old_size=old.size)
    if old.origin != trust.key.name:
        report.deviate(SINCE, "origin", trust.since_file, origin=old.origin, key=trust.key.name)
    if head is None:
        report.skip(SINCE, CHECK)
        return None
    if old.size > head.size:
        report.deviate(SINCE, "rolled-back", CHECKPOINT, old=old.size, new=head.size)
        return None
    return old


def compare_roots(old: Checkpoint, roots: dict[int, bytes], report: Report) -> None:
    """Whether the leaves below the older head's size are those that it was signed over."""
    root = roots.get(old.size)
    if root is None:
        report.skip(SINCE, "tree")
    elif root != old.root:
        report.deviate(SINCE, "rewritten", CHECKPOINT, old=old.size)
