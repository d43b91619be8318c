"""A wire to PostgreSQL that can be cut at the worst moment: a proxy on 127.0.0.1 that reads along.

    with wire_to(cluster) as wire:
        wire.plan = lambda: Cut.BEFORE      # asked at each COMMIT of a transaction that has appended entries

Where a cut falls decides what became of the transaction, and the service can see none of it:

- BEFORE the COMMIT is passed on: rolled back.
- SENT: passed on, and both ends are cut at once: kept or not, as it happens.
- AFTER the server has answered it, before the service hears: kept.
- ANYWHERE: somewhere within the next bytes of either direction, in the middle of a message.
- FROZEN: passed on, and from then on nothing moves in either direction, though both ends stay open.

It understands just enough of the protocol (version 3, without TLS) to know where messages begin and which one is a COMMIT.
"""

import random
import socket
import struct
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from enum import Enum
from threading import Event, Lock, Thread
from typing import Final

from tests.faults.cluster import Cluster

CHUNK: Final = 65536
PREFACES: Final = (80877103, 80877104)  # the client asks for TLS or GSS before it says anything else; one byte answers it
JOIN_SECONDS: Final = 10


class Cut(Enum):
    BEFORE = "before"
    SENT = "sent"
    AFTER = "after"
    ANYWHERE = "anywhere"
    FROZEN = "frozen"


Plan = Callable[[], Cut | None]


class Wire:
    """Connections to one server. What was cut is counted in `cuts`."""

    def __init__(self, target: tuple[str, int], seed: int = 0) -> None:
        self.target = target
        self.plan: Plan | None = None
        self.cuts: Counter[Cut] = Counter()
        self._random = random.Random(seed)
        self._lock = Lock()
        self._pairs: set[_Pair] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._accepting = Thread(target=self._accept, name="wire", daemon=True)
        self._accepting.start()

    def choose(self) -> Cut | None:
        """What is to happen to the COMMIT that has just come."""
        with self._lock:
            cut = self.plan() if self.plan else None
            if cut is not None:
                self.cuts[cut] += 1
            return cut

    def bytes_left(self) -> int:
        with self._lock:
            return self._random.randrange(60)

    def mend(self) -> None:
        """Cut nothing from now on; what is frozen comes to its end."""
        self.plan = None
        with self._lock:
            pairs = list(self._pairs)
        for pair in pairs:
            if pair.frozen.is_set():
                pair.cut()

    def sever(self) -> None:
        """Cut every connection at this instant, whatever is on its way."""
        with self._lock:
            pairs = list(self._pairs)
        for pair in pairs:
            pair.cut()

    def close(self) -> None:
        # A thread that waits in accept does not notice that its socket is closed: a last connection wakes it.
        self.plan, listener = None, self._listener
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        self._accepting.join(JOIN_SECONDS)
        self.sever()
        with self._lock:
            pairs = list(self._pairs)
        for pair in pairs:
            pair.join()

    def forget(self, pair: "_Pair") -> None:
        with self._lock:
            self._pairs.discard(pair)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(self.target, timeout=5)
            except OSError:
                client.close()  # as if nobody listened: the server is away
                continue
            server.settimeout(None)
            for end in (client, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            pair = _Pair(self, client, server)
            with self._lock:
                self._pairs.add(pair)
            pair.start()


class _Pair:
    """One connection: two threads that pass on what the ends say."""

    def __init__(self, wire: Wire, client: socket.socket, server: socket.socket) -> None:
        self.wire, self.client, self.server = wire, client, server
        self.frozen = Event()
        self._cut = Event()
        self._swallow_answer = Event()
        self._budget: int | None = None  # bytes that still pass, once a cut ANYWHERE is due
        self._budget_lock = Lock()
        self._threads = [Thread(target=turn, name="wire", daemon=True) for turn in (self._up, self._down)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        for thread in self._threads:
            thread.join(JOIN_SECONDS)

    def cut(self) -> None:
        """Both ends are reset: neither is told that there is no more to come."""
        self._cut.set()
        self.frozen.clear()
        for end in (self.client, self.server):
            with suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)  # wakes the thread that reads from it
            end.close()
        self.wire.forget(self)

    # --- from the service to the server ------------------------------------------------------------------------------

    def _up(self) -> None:
        with suppress(OSError, EOFError):
            self._pass_opening()
            inserted = False
            while True:
                kind, message = self._message()
                statement = message[5:].rstrip(b"\0").strip().upper() if kind == b"Q" else b""
                inserted |= statement.startswith(b"INSERT INTO ENTRY ")  # the publisher's transactions are not meant
                if statement in (b"COMMIT", b"ROLLBACK"):
                    if statement == b"COMMIT" and inserted and self._is_cut_at(message):
                        return
                    inserted = False
                self._pass(self.server, message)
        self.cut()

    def _pass_opening(self) -> None:
        while True:
            length = self._exactly(4)
            rest = self._exactly(struct.unpack("!I", length)[0] - 4)
            self.server.sendall(length + rest)
            if struct.unpack("!I", rest[:4])[0] not in PREFACES:
                return

    def _message(self) -> tuple[bytes, bytes]:
        head = self._exactly(5)
        return head[:1], head + self._exactly(struct.unpack("!I", head[1:])[0] - 4)

    def _exactly(self, count: int) -> bytes:
        found = bytearray()
        while len(found) < count:
            more = self.client.recv(min(CHUNK, count - len(found)))
            if not more:
                raise EOFError
            found += more
        return bytes(found)

    def _is_cut_at(self, commit: bytes) -> bool:
        """Carry out what is planned for this COMMIT; whether nothing more comes after it."""
        match self.wire.choose():
            case Cut.BEFORE:
                self.cut()
                return True
            case Cut.SENT:
                self.server.sendall(commit)
                self.cut()
                return True
            case Cut.AFTER:
                self._swallow_answer.set()
                self.server.sendall(commit)
                return True  # the other thread cuts when the answer has come
            case Cut.FROZEN:
                self.frozen.set()
                self.server.sendall(commit)
                return True
            case Cut.ANYWHERE:
                with self._budget_lock:
                    self._budget = self.wire.bytes_left()
        return False

    # --- from the server to the service ------------------------------------------------------------------------------

    def _down(self) -> None:
        with suppress(OSError):
            while data := self.server.recv(CHUNK):
                if self._swallow_answer.is_set():
                    break
                if self.frozen.is_set():
                    self._stay_frozen()
                    break
                self._pass(self.client, data)
        self.cut()

    def _stay_frozen(self) -> None:
        while self.frozen.is_set() and not self._cut.wait(0.05):
            pass

    def _pass(self, end: socket.socket, data: bytes) -> None:
        with self._budget_lock:
            budget = self._budget
            if budget is not None:
                self._budget = max(0, budget - len(data))
        if budget is not None and budget < len(data):
            with suppress(OSError):
                end.sendall(data[:budget])
            self.cut()
            raise ConnectionResetError
        end.sendall(data)


@contextmanager
def wire_to(cluster: Cluster, seed: int = 0) -> Iterator[Wire]:
    wire = Wire(("127.0.0.1", cluster.port), seed)
    try:
        yield wire
    finally:
        wire.close()
