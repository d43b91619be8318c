"""Clients that keep their word: each sends one request after the other, and what ended unknown again until it is answered.

- Every request has an Idempotency-Key and content that no other has, single entries and batches by turns of luck.
- No answer, half an answer, or 503: unknown. The same bytes go out again under the same key, after a moment.
- Now and then a request that was answered is sent once more: it must be answered the same, to the byte.
- Any other answer, a 503 that is no problem `unavailable`, and none at all within `patience_seconds`, is a fault of the service.

What was acknowledged is kept with its bytes; whether it is true is for `drill.audit` to say.
"""

import http.client
import json
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from threading import Event, Lock, Thread
from typing import Any

from tests.actions.scene import licence, patent
from tests.faults.service import CENTRES, Place, Server, raw_post
from tests.postgres import wait_until

UNKNOWN = (OSError, http.client.HTTPException)
PAUSE_SECONDS = 0.1
NUMBERS_EACH = 50_000  # patents that one writer may speak of


@dataclass(frozen=True)
class Request:
    """What is sent, to the byte."""

    key: str
    centre: str
    path: str
    body: bytes
    items: int


@dataclass(frozen=True)
class Acknowledged:
    """A request and the 201 that it got."""

    request: Request
    answer: bytes

    @property
    def receipts(self) -> list[dict[str, Any]]:
        told = json.loads(self.answer)
        found: list[dict[str, Any]] = told.get("entries", [told])
        return found


@dataclass
class Told:
    """What all writers of a crew have met; every number is of requests or of answers to them."""

    sent: dict[str, Request] = field(default_factory=dict)  # by key: each that ever left
    acknowledged: dict[str, Acknowledged] = field(default_factory=dict)
    unknown: int = 0  # ended without an answer
    unavailable: int = 0  # ended with 503
    replayed: int = 0  # answered as kept from before
    faults: list[str] = field(default_factory=list)


@dataclass
class Crew:
    """Some writers at once. `vanish` is how often (0 … 1) one hangs up in the middle of a request or right after it, before it
    sends for good."""

    place: Place
    port: int
    seed: str
    writers: int = 8
    batch_max: int = 12
    batches: float = 0.4  # the share of requests that are batches
    again: float = 0.1  # how often an answered request is sent once more
    vanish: float = 0.0
    patience_seconds: float = 30.0  # for one answer
    last_word_seconds: float = 90.0  # for all answers, once no more is begun
    first: int = 0  # the number of the first writer; two crews at one place must differ
    told: Told = field(default_factory=Told)

    def __post_init__(self) -> None:
        self._lock, self._stopping, self._leaving = Lock(), Event(), Event()
        self._threads: list[Thread] = []

    # --- from outside ----------------------------------------------------------------------------------------------

    def at(self, server: Server) -> "Crew":
        """The same crew, writing to this server."""
        self.port = server.port
        return self

    def start(self) -> None:
        for number in range(self.first, self.first + self.writers):
            self._threads.append(Thread(target=self._run, args=(number,), name=f"writer {number}", daemon=True))
        for thread in self._threads:
            thread.start()

    def wait_for(self, more: int, seconds: float = 60.0) -> None:
        """Until so many more requests were acknowledged. Raises TimeoutError."""
        goal = len(self.told.acknowledged) + more
        wait_until(lambda: bool(self.told.faults) or len(self.told.acknowledged) >= goal, seconds)

    def finish(self) -> Told:
        """Begin nothing new, have what is unknown answered, and tell all. What stays unanswered is a fault."""
        self._stopping.set()
        until = time.monotonic() + self.last_word_seconds
        for thread in self._threads:
            thread.join(max(until - time.monotonic(), 0))
        left = [thread.name for thread in self._threads if thread.is_alive()]
        if left:
            self._fault(f"no answer within {self.last_word_seconds} s of the end: {', '.join(left)}")
        self.leave()
        return self.told

    def leave(self) -> None:
        """Stop sending at once, whatever is unknown."""
        self._stopping.set()
        self._leaving.set()
        for thread in self._threads:
            thread.join(self.patience_seconds + 5)

    # --- one writer ------------------------------------------------------------------------------------------------

    def _run(self, number: int) -> None:
        try:
            self._write(number)
        except Exception as error:  # a thread's own end would go unnoticed
            self._fault(f"writer {number}: {error!r}")

    def _write(self, number: int) -> None:
        luck = random.Random(f"{self.seed}/{number}")
        client = Client(self.port, self.patience_seconds)
        with closing(client):
            for request in requests(luck, number, self.batches, self.batch_max):
                if self._stopping.is_set():
                    return
                token = self.place.tokens[request.centre]
                with self._lock:
                    self.told.sent[request.key] = request
                if luck.random() < self.vanish:
                    self._vanish(token, request, luck.choice((None, None, luck.randrange(1, len(request.body)))))
                if (answer := self._until_answered(client, token, request)) is None:
                    return
                with self._lock:
                    self.told.acknowledged[request.key] = Acknowledged(request, answer)
                if luck.random() < self.again and self._until_answered(client, token, request) not in (answer, None):
                    self._fault(f"{request.key} was answered differently the second time")

    def _until_answered(self, client: "Client", token: str, request: Request) -> bytes | None:
        """The body of the 201; None where there is no use in waiting for it."""
        while not self._leaving.is_set():
            try:
                status, body, replayed = client.send(token, request)
            except TimeoutError:
                self._fault(f"{request.key}: no answer within {self.patience_seconds} s")
                return None
            except UNKNOWN:
                with self._lock:
                    self.told.unknown += 1
            else:
                if status == 201:
                    with self._lock:
                        self.told.replayed += replayed
                    return body
                if status != 503 or b'"code":"unavailable"' not in body:
                    self._fault(f"{request.key}: {status} {body[:500].decode(errors='replace')}")
                    return None
                with self._lock:
                    self.told.unavailable += 1
            self._leaving.wait(PAUSE_SECONDS)
        return None

    def _vanish(self, token: str, request: Request, cut: int | None) -> None:
        with self._lock:
            self.told.unknown += 1
        try:
            raw_post(self.port, token, request.path, request.body, request.key, cut=cut).close()
        except OSError:
            return  # nobody was there to vanish from

    def _fault(self, text: str) -> None:
        with self._lock:
            self.told.faults.append(text)


class Client:
    """One connection, kept as long as it holds."""

    def __init__(self, port: int, patience_seconds: float) -> None:
        self._port, self._patience_seconds = port, patience_seconds
        self._connection: http.client.HTTPConnection | None = None

    def send(self, token: str, request: Request) -> tuple[int, bytes, bool]:
        """Status, body, and whether it was replayed. Raises one of UNKNOWN; TimeoutError where nothing comes."""
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "Idempotency-Key": request.key}
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=self._patience_seconds)
        try:
            self._connection.request("POST", request.path, request.body, headers)
            answer = self._connection.getresponse()
            body = answer.read()
        except UNKNOWN:
            self.close()
            raise
        if answer.will_close:
            self.close()
        return answer.status, body, answer.headers["Idempotency-Replayed"] == "true"

    def close(self) -> None:
        if self._connection:
            self._connection.close()
            self._connection = None


@contextmanager
def writing(crew: Crew) -> Iterator[Crew]:
    """The crew at work; it has gone afterwards, whatever happens. `crew.finish()` before the end has it answered."""
    crew.start()
    try:
        yield crew
    finally:
        crew.leave()


def requests(luck: random.Random, number: int, batches: float, batch_max: int) -> Iterator[Request]:
    """What a writer has to say: patents one by one, and batches of patents with the licence that names them."""
    centre = CENTRES[number % len(CENTRES)]
    told, first = 0, (number + 1) * NUMBERS_EACH
    while told < NUMBERS_EACH - batch_max:
        size = luck.randint(2, batch_max) if luck.random() < batches else 1
        numbers = range(first + told, first + told + max(size - 1, 1))
        said = [patent(one) for one in numbers]
        if size > 1:
            said.append(licence(f"W-{number}-{told}", numbers))
        told += len(numbers)
        yield request_of(f"w{number}-{told}", centre, said, batch=size > 1)


def request_of(key: str, centre: str, said: Sequence[tuple[str, Mapping[str, Any]]], *, batch: bool) -> Request:
    entries = [{"kind": kind, "centre": centre, "body": body} for kind, body in said]
    value = {"entries": entries} if batch else entries[0]
    path = "/v1/entries/batch" if batch else "/v1/entries"
    return Request(key, centre, path, json.dumps(value, ensure_ascii=False).encode(), len(entries))
