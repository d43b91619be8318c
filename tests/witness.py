"""A witness of our own: a real HTTP server on 127.0.0.1 that keeps to C2SP tlog-witness, until it is told to misbehave.

It cosigns what continues the tree that it has seen of a log, and tells what it cosigned last. `mood` is put before its answer to
add-checkpoint: a function of the honest answer, which may wait, lie, or answer something else.
"""

import base64
import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.proof.checkpoints import Checkpoint
from ledger.proof.merkle import EMPTY_ROOT, Damaged, verify_consistency
from ledger.proof.notes import COSIGNATURE, Note, Signature, VerifierKey, cosigned, verified
from ledger.proof.policies import Group, Policy
from ledger.proof.policies import Witness as Member
from tests.listening import Reply, listening

SIZE_TYPE = "text/x.tlog.size"


Mood = Callable[[Reply], Reply]


@dataclass
class Witness:
    name: str
    logs: dict[str, VerifierKey] = field(default_factory=dict)  # by origin, whom it knows
    seen: dict[str, tuple[int, bytes]] = field(default_factory=dict)  # by origin, size and root
    notes: dict[str, bytes] = field(default_factory=dict)  # by origin, the note that was cosigned last
    olds: list[int] = field(default_factory=list)  # from where it was asked
    asked: int = 0  # how often it was asked what it cosigned last
    mood: Mood = lambda reply: reply
    monitoring: Mood = lambda reply: reply
    url: str = ""
    lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self.private = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(self.name.encode()).digest())
        self.key = VerifierKey(f"{self.name}.example/witness", COSIGNATURE, self.private.public_key().public_bytes_raw())

    @property
    def member(self) -> Member:
        return Member(self.name, self.key, self.url)

    def answer(self, path: str, _: Mapping[str, str], body: bytes | None) -> Reply:
        if body is None:
            return self.monitoring(self.last(path))
        return self.mood(self.add_checkpoint(body) if path == "/below/add-checkpoint" else Reply(405))

    def knows(self, *keys: VerifierKey) -> None:
        self.logs |= {key.name: key for key in keys}

    def line(self, text: str) -> str:
        now = int(time.time())
        return Signature(self.key.name, self.key.id, now.to_bytes(8, "big") + self.private.sign(cosigned(now, text))).line

    def add_checkpoint(self, body: bytes) -> Reply:
        head, _, signed = body.partition(b"\n\n")
        first, *hashes = head.decode().split("\n")
        old = int(first.removeprefix("old "))
        self.olds.append(old)
        note = Note.parse(signed)
        checkpoint = Checkpoint.parse(note.text)
        if checkpoint.origin not in self.logs:
            return Reply(404)
        try:
            verified(note, [self.logs[checkpoint.origin]])
        except Damaged:
            return Reply(403)
        if old > checkpoint.size:
            return Reply(400)
        with self.lock:
            size, root = self.seen.get(checkpoint.origin, (0, EMPTY_ROOT))
            if old != size:
                return Reply(409, f"{size}\n".encode(), SIZE_TYPE)
            proof = [base64.b64decode(one, validate=True) for one in hashes]
            if not verify_consistency(size, checkpoint.size, root, checkpoint.root, proof):
                return Reply(422)
            line = self.line(note.text)
            self.seen[checkpoint.origin] = checkpoint.size, checkpoint.root
            self.notes[checkpoint.origin] = signed + line.encode()
        return Reply(200, line.encode())

    def last(self, path: str) -> Reply:
        self.asked += 1
        for origin, note in self.notes.items():
            if path == f"/below/{hashlib.sha256(origin.encode()).hexdigest()}/checkpoint":
                return Reply(200, note)
        return Reply(404)


@contextmanager
def witness(name: str, *logs: VerifierKey) -> Iterator[Witness]:
    one = Witness(name)
    one.knows(*logs)
    with listening(one.answer) as address:
        one.url = f"{address}/below/"
        yield one


def policy(witnesses: Sequence[Witness], threshold: int | None = None) -> Policy:
    """So many of them must cosign; all without a number, and nobody for 0."""
    members = tuple(one.member for one in witnesses)
    if threshold == 0:
        return Policy(witnesses=members)
    group = Group("enough", threshold or len(members), tuple(one.name for one in witnesses))
    return Policy(witnesses=members, groups=(group,), quorum="enough")
