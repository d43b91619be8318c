"""Asking witnesses: to cosign a checkpoint (C2SP tlog-witness, add-checkpoint), and what they cosigned last.

- All are asked at once, and nobody is waited for beyond one deadline. Threads end with the process, whatever a witness does.
- What comes back is believed only so far as signatures go: a cosignature must hold under the witness's key for our own text.
- No more is read than a witness has to say. Of its answers only the kind is repeated in messages.

Nothing is read from or written to a database here: proofs and starting sizes are handed in, and the answers are handed out.
"""

import hashlib
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Final, TypeVar

from ledger.actions.asking import SILENCE, NoReply, Reply, exchange
from ledger.proof.checkpoints import NUMBER
from ledger.proof.merkle import Damaged
from ledger.proof.notes import Signature, to_base64
from ledger.proof.policies import Witness

T = TypeVar("T")

ANSWER_BYTES_MAX: Final = 64 * 1024
ATTEMPTS: Final = 3  # the first one may start from a size that is out of date, and so may the second
TALKS_MAX: Final = 4  # with one witness, of one process
SIZE_TYPE: Final = "text/x.tlog.size"

# What a status of add-checkpoint means for us.
REASONS: Final = {
    400: ("认为请求有误", "takes the request for a faulty one"),
    403: ("不认可本日志的密钥", "does not trust the key of this log"),
    404: ("不认识本日志,请向其登记名称和密钥", "does not know this log: have its origin and key registered there"),
    409: ("所见证的树与本日志不一致", "has seen another tree under this origin"),
    422: ("认为本日志与其见证过的不连续", "finds that this tree does not continue the one it has seen"),
}


@dataclass(frozen=True, slots=True)
class Submission:
    """A checkpoint for witnesses: its note as the log signed it, and the consistency proof to it from any earlier size."""

    size: int
    text: str
    note: bytes
    proof: Callable[[int], Sequence[bytes]]


@dataclass(frozen=True, slots=True)
class Answer:
    """A witness's answer: `line` is its cosignature, or else words say why there is none; `ahead`: it tells of a larger tree."""

    line: str | None = None
    zh: str = ""
    en: str = ""
    ahead: int | None = None


def ask_all(witnesses: Iterable[Witness], ask: Callable[[Witness, float], T], seconds: float) -> dict[str, T]:
    """What `ask(witness, deadline)` answers for each, by the witnesses' names; who has not answered in time is left out."""
    deadline = time.monotonic() + seconds
    answers: SimpleQueue[tuple[str, T | Exception]] = SimpleQueue()

    def talk(witness: Witness) -> None:
        try:
            answers.put((witness.name, ask(witness, deadline)))
        except Exception as error:
            answers.put((witness.name, error))

    asked = [_begun(witness, talk) for witness in witnesses]
    found: dict[str, T] = {}
    for _ in range(sum(asked)):
        try:
            name, answer = answers.get(timeout=max(deadline - time.monotonic(), 0))
        except Empty:
            break
        if isinstance(answer, Exception):
            raise answer
        found[name] = answer
    return found


_TALKS: Final[dict[str, list[Thread]]] = {}


def _begun(witness: Witness, talk: Callable[[Witness], None]) -> bool:
    """Start to talk, unless the witness keeps too many threads of ours busy already: it may feed us byte by byte for ever."""
    busy = _TALKS[str(witness.key)] = [one for one in _TALKS.get(str(witness.key), ()) if one.is_alive()]
    if len(busy) >= TALKS_MAX:
        return False
    busy.append(Thread(target=talk, args=(witness,), name=f"witness {witness.name}", daemon=True))
    busy[-1].start()
    return True


def cosign(witness: Witness, submission: Submission, old: int, deadline: float) -> Answer:
    """Have a checkpoint cosigned by a witness that we believe to have seen our tree at `old`. Never raises for what it answers."""
    for _ in range(ATTEMPTS):
        proof = "".join(f"{to_base64(one)}\n" for one in submission.proof(old))
        body = f"old {old}\n{proof}\n".encode() + submission.note
        reply = _exchange(f"{witness.url}".rstrip("/") + "/add-checkpoint", deadline, body)
        if isinstance(reply, Answer):
            return reply
        if reply.status == 200:
            return _cosignature(witness, submission.text, reply.body)
        if reply.status != 409 or (size := _size(reply)) is None or size == old:
            zh, en = REASONS.get(reply.status, (f"答复状态 {reply.status}", f"answers with status {reply.status}"))
            return Answer(zh=zh, en=en)
        if size > submission.size:
            return Answer(zh=f"已见证 {size} 条", en=f"has seen {size} entries", ahead=size)
        old = size
    return Answer(zh="每次给出不同的大小", en="names another size each time")


def last_cosigned(witness: Witness, origin: str, deadline: float) -> bytes | None:
    """The checkpoint that a witness says it cosigned last for a log, unread; None where it tells of none."""
    name = hashlib.sha256(origin.encode()).hexdigest()
    reply = _exchange(f"{witness.url}".rstrip("/") + f"/{name}/checkpoint", deadline)
    return reply.body if isinstance(reply, Reply) and reply.status == 200 else None


def _cosignature(witness: Witness, text: str, body: bytes) -> Answer:
    """The line of the witness's own key; lines of other keys are none of our business."""
    no = Answer(zh="答复中没有有效的见证签名", en="answers without a cosignature of its key that holds")
    try:
        *lines, rest = body.decode().split("\n")
        signatures = [Signature.parse(f"{line}\n") for line in lines]
    except (UnicodeDecodeError, Damaged):
        return no
    own = [one for one in signatures if (one.name, one.key_id) == (witness.key.name, witness.key.id)]
    if rest or not own or not all(witness.key.verifies(text, one.data) for one in own):
        return no
    return Answer(line=own[0].line)


def _size(reply: Reply) -> int | None:
    text = reply.body.decode("ascii", "replace").removesuffix("\n")
    return int(text) if reply.media_type == SIZE_TYPE and NUMBER.fullmatch(text) else None


def _exchange(url: str, deadline: float, body: bytes | None = None) -> Reply | Answer:
    """A request and its reply, whatever its status; an Answer in words where none came."""
    try:
        return exchange(url, deadline, ANSWER_BYTES_MAX, headers={"Content-Type": "text/plain; charset=utf-8"}, body=body)
    except NoReply as error:
        return Answer(zh=error.zh, en=error.en)


SILENT: Final = Answer(None, *SILENCE)
