"""The worker that gunicorn runs: its threads are for requests that have come whole, and wait on nobody's line.

gunicorn's own gthread gives a thread to a connection before its first byte, and leaves it there for the rest of a head, for a body,
for a reader, and its loop to whoever does not hang up: a handful of slow clients are the end of the service, with or without a
token. Here one loop holds all connections:

- It gathers what comes. A thread gets a request when all of it is there, and finds the end of it where it would have to wait.
- What an answer leaves unsent, the loop sends. Only where it is longer than `KEPT_BYTES`, and comes in pieces, its thread waits.
- Whoever is too slow is let go, as `connections` says; an idle connection earlier.
- There are only so many connections, and only so much memory for them: beyond it, whoever was waited for the longest is let go.

TLS is for a proxy in front, and so is HTTP/2.
"""

import errno
import json
import selectors
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, Final
from uuid import uuid4

from gunicorn.errors import ConfigError
from gunicorn.http.errors import InvalidChunkSize, InvalidResponseHeader, InvalidResponseHeaderName, NoMoreData, ParseException
from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER, ThreadWorker

from ledger.facts.problems import STATUS
from ledger.web.codes import CODES
from ledger.web.connections import UNREAD_BYTES_MAX, Connection

ROOM: Final = 256 * 2**20  # bytes that are held for clients, in each worker
FAREWELL_SECONDS: Final = 10  # for a client to take in its answer and stop sending
FAREWELL_BYTES: Final = 64 * 2**20
LOOK_SECONDS: Final = 0.5  # between two looks at who is too slow

_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
_TOO_SLOW: Final = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
_NO_ROOM: Final = b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 2\r\nContent-Length: 0\r\n\r\n"
_NO_FILES_LEFT: Final = (errno.EMFILE, errno.ENFILE)
_GONE: Final = (errno.EAGAIN, errno.EWOULDBLOCK, errno.ECONNABORTED, errno.EINTR)

Attend = Callable[[Connection], None]


class PatientWorker(ThreadWorker):  # type: ignore[misc]  # published without types
    """gthread with a waiting room."""

    def __init__(self, *told: Any, **named: Any) -> None:
        super().__init__(*told, **named)
        self.waiting: dict[Connection, Attend] = {}  # by what is done when something moves
        self.held = 0
        self._looked = 0.0

    @classmethod
    def check_config(cls, cfg: Any, log: Any) -> None:
        if cfg.is_ssl:
            raise ConfigError("this worker speaks plain HTTP: leave TLS to the proxy in front, or name another --worker-class")

    def init_process(self) -> None:
        self.cfg.set("sendfile", False)  # it would have a thread wait for the reader
        super().init_process()

    # --- in the loop -------------------------------------------------------------------------------------------------

    def accept(self, listener: socket.socket) -> None:
        try:
            line, client = listener.accept()
        except OSError as error:
            if error.errno in _NO_FILES_LEFT:
                self._make_room()
            elif error.errno not in _GONE:
                raise
            return
        self.nr_conns += 1
        if self.nr_conns > self.worker_connections - self.cfg.threads:
            self._make_room()
        connection = Connection(line, client, listener.getsockname(), self.cfg)
        with self._closing_on_error(connection):
            self._listen(connection)

    def _listen(self, connection: Connection) -> None:
        connection.begin()
        self._go_on(connection)

    def _receive(self, connection: Connection) -> None:
        data = connection.receive()
        if data == b"" and not connection.moved:
            self._close(connection)
        elif data is not None:
            self._go_on(connection, ended=not data)

    def _go_on(self, connection: Connection, *, ended: bool = False) -> None:
        """More of a request has come, or the end of all that will."""
        self._count(connection)
        if connection.framing.whole or ended:
            self._stop_waiting(connection)
            self.enqueue_req(connection)
            return
        if connection.framing.expects:
            connection.framing.expects = False
            connection.line.send(_CONTINUE)
        self._wait(connection, self._receive)
        if self.held > ROOM:
            self._give_back_memory()

    def finish_request(self, connection: Connection, done: "Future[bool]") -> None:
        # What a thread has raised is told in its place already (`handle`).
        connection.ends = bool(done.cancelled() or done.exception() or not done.result())
        connection.is_kept = True
        connection.came = 0
        connection.wait()
        self._count(connection)
        with self._closing_on_error(connection):
            self._send(connection)

    def _send(self, connection: Connection) -> None:
        done = connection.flush()
        self._count(connection)
        if not done:
            self._wait(connection, self._send)
            return
        self._stop_waiting(connection)
        if connection.ends:
            self._part(connection)
        else:
            self._listen(connection)

    def _part(self, connection: Connection) -> None:
        """Say that there is no more, and let the other side end it: to close on what it still sends would cut off our answer."""
        connection.line.shutdown(socket.SHUT_WR)
        connection.arrived.rest()
        connection.wait()
        self._wait(connection, self._see_off)

    def _see_off(self, connection: Connection) -> None:
        with suppress(BlockingIOError):
            data = connection.line.recv(2**16)
            connection.moved += len(data)
            if not data or connection.moved > FAREWELL_BYTES:
                self._close(connection)

    def _wait(self, connection: Connection, attend: Attend) -> None:
        if connection in self.waiting:
            return
        event = selectors.EVENT_WRITE if attend == self._send else selectors.EVENT_READ
        self.waiting[connection] = attend
        self.poller.register(connection.line, event, partial(self._attend, connection))

    def _attend(self, connection: Connection, _: socket.socket) -> None:
        with self._closing_on_error(connection):
            if connection in self.waiting:  # it may have been let go since the poller was asked
                self.waiting[connection](connection)

    def _stop_waiting(self, connection: Connection) -> None:
        if self.waiting.pop(connection, None) is not None:
            self.poller.unregister(connection.line)

    def _close(self, connection: Connection) -> None:
        if connection.is_closed:
            return
        connection.is_closed = True
        self._stop_waiting(connection)
        self.held -= connection.counted
        connection.counted = 0
        connection.line.close()
        self.nr_conns -= 1

    @contextmanager
    def _closing_on_error(self, connection: Connection) -> Iterator[None]:
        """The loop is everybody's: what fails for one connection ends that one."""
        try:
            yield
        except Exception as error:
            if not isinstance(error, OSError):
                self.log.error("a connection has failed", exc_info=error)
            self._close(connection)

    def _count(self, connection: Connection) -> None:
        self.held += connection.held - connection.counted
        connection.counted = connection.held

    # --- who is let go -----------------------------------------------------------------------------------------------

    def murder_pending(self) -> None:
        now = time.monotonic()
        if now < self._looked + LOOK_SECONDS:
            return
        self._looked = now
        for connection in [one for one in self.waiting if now > self._until(one)]:
            self._let_go(connection, _TOO_SLOW)

    def _until(self, connection: Connection) -> float:
        attend = self.waiting[connection]
        short = STOP_KEEPALIVE_LINGER if not self.alive else FAREWELL_SECONDS
        if attend == self._see_off:
            return connection.since + short
        if attend == self._receive and not connection.moved:
            return connection.since + (self.cfg.keepalive if connection.is_kept and self.alive else short)
        return connection.patient_until()

    def _make_room(self) -> None:
        """For one more connection."""
        if self.waiting:
            self._let_go(min(self.waiting, key=lambda one: one.since), _NO_ROOM)

    def _give_back_memory(self) -> None:
        # The eldest of those who hold their share of it or more: to let go of one that holds nothing would be of no use.
        total = sum(one.counted for one in self.waiting)
        holding = [one for one in self.waiting if one.counted * len(self.waiting) >= total > 0]
        if holding:
            self._let_go(min(holding, key=lambda one: one.since), _NO_ROOM)

    def _let_go(self, connection: Connection, words: bytes) -> None:
        with suppress(OSError):
            if self.waiting[connection] == self._receive and connection.moved:
                connection.line.send(words)
            elif self.waiting[connection] == self._send:
                connection.cut()
        self._close(connection)

    # --- in a thread -------------------------------------------------------------------------------------------------

    def handle(self, connection: Connection) -> bool:
        """Answer one request; whether the connection may carry another."""
        request = None
        try:
            if connection.framing.is_padded:
                raise InvalidChunkSize(b"more framing than body")
            request = next(connection.parser)
            if connection.framing.is_cut:
                request.force_close()  # so that its answer says so
            goes_on = self.handle_request(request, connection)
            # What the application has left unread of a body is looked through for its end; to hang up on a long one is cheaper.
            return goes_on and connection.parser.finish_body(max_bytes=UNREAD_BYTES_MAX + 1) and not connection.arrived.fell_short
        except (StopIteration, ConnectionError, TimeoutError):
            return False  # nobody is there any more
        except NoMoreData:  # a head without an end
            self.refuse(connection, "malformed")
            return False
        except Exception as error:
            self.handle_error(request, connection, connection.client, error)
            return False

    def handle_request(self, req: Any, conn: Connection) -> bool:
        req._expected_100_continue = False  # it was told to go on while it came
        goes_on: bool = super().handle_request(req, conn)
        return goes_on

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:
        """Answer what never reached the application. What was sent may be a token in the wrong place: none of it is repeated."""
        ours = not isinstance(exc, ParseException) or isinstance(exc, InvalidResponseHeader | InvalidResponseHeaderName)
        if ours:
            self.log.error("a request has failed outside of the application", exc_info=exc)
        else:
            self.log.info("no request was made of what %s sent: %s", addr[0] if addr else "?", type(exc).__name__)
        self.refuse(client, "internal-error" if ours else "malformed")

    def refuse(self, connection: Connection, code: str) -> None:
        with suppress(OSError):
            if not connection.is_answered:  # else what has gone out already is all there will be
                connection.sendall(_refusal(code))


def _refusal(code: str) -> bytes:
    """Problem details by hand, in the language of the ledger."""
    status, known = STATUS[code], CODES[code]
    told = {
        "type": f"/problems/{code}", "title": known.title["zh"], "status": status, "detail": known.meaning["zh"], "code": code,
        "errors": [], "request_id": uuid4().hex,
    }  # fmt: skip
    body = json.dumps(told, ensure_ascii=False).encode()
    head = (
        f"HTTP/1.1 {status} {'Bad Request' if status == 400 else 'Internal Server Error'}\r\nConnection: close\r\n"
        f"Content-Type: application/problem+json\r\nContent-Length: {len(body)}\r\nCache-Control: no-store\r\n"
        f"X-Request-ID: {told['request_id']}\r\n\r\n"
    )
    return head.encode() + body
