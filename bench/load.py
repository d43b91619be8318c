"""A closed loop of HTTP requests over loopback: so many connections, each asks again as soon as it is answered.

One thread and plain sockets, so that the client takes as little as it can of the cores that it shares with the server. It knows
of HTTP/1.1 what it meets: bodies with a Content-Length, kept-alive connections. An answer of another status than expected ends it.
"""

import selectors
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import ceil
from time import perf_counter

TIMEOUT_SECONDS = 60


class Unexpected(Exception):
    """A server answered what it should not."""


@dataclass(frozen=True)
class Drive:
    """What came of driving a server for a while."""

    seconds: float
    latencies_ms: list[float]

    @property
    def per_second(self) -> float:
        return len(self.latencies_ms) / self.seconds

    def percentile_ms(self, percent: float) -> float:
        return percentile(self.latencies_ms, percent)


def percentile(values: list[float], percent: float) -> float:
    """The smallest value that at least so many percent of all do not exceed (nearest rank)."""
    ranked = sorted(values)
    return ranked[max(0, ceil(len(ranked) * percent / 100) - 1)]


def http_request(method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> bytes:
    told = {"Host": "127.0.0.1", **headers} | ({"Content-Length": str(len(body))} if body else {})
    return "".join([f"{method} {path} HTTP/1.1\r\n", *(f"{k}: {v}\r\n" for k, v in told.items()), "\r\n"]).encode() + body


@dataclass
class _Asker:
    """One connection and the answer that is coming in on it."""

    socket: socket.socket
    asked_at: float = 0.0
    received: bytearray = field(default_factory=bytearray)

    def ask(self, request: bytes) -> None:
        self.received.clear()
        self.asked_at = perf_counter()
        self.socket.sendall(request)

    def take(self) -> int | None:
        """Read what has come; the status once the answer is whole."""
        data = self.socket.recv(262_144)
        if not data:
            raise Unexpected("the server hung up")
        self.received += data
        return status_of(self.received)


def status_of(received: bytes | bytearray) -> int | None:
    """The status of an answer, None while it is not whole."""
    end = received.find(b"\r\n\r\n")
    if end < 0:
        return None
    head = bytes(received[:end]).lower()
    status = int(head[9:12])
    if status in (204, 304):
        return status
    _, found, rest = head.partition(b"\r\ncontent-length:")
    if not found:
        raise Unexpected(f"an answer without Content-Length: {head.decode(errors='replace')}")
    length = int(rest.partition(b"\r\n")[0])
    return status if len(received) >= end + 4 + length else None


def drive(port: int, requests: Iterator[bytes], *, connections: int, seconds: float, status: int) -> Drive:
    """Ask for so many seconds. Raises Unexpected at the first answer of another status."""
    latencies: list[float] = []
    with selectors.DefaultSelector() as ready:
        askers = [_Asker(socket.create_connection(("127.0.0.1", port), TIMEOUT_SECONDS)) for _ in range(connections)]
        try:
            begun = perf_counter()
            for asker in askers:
                asker.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                ready.register(asker.socket, selectors.EVENT_READ, asker)
                asker.ask(next(requests))
            open_ = len(askers)
            while open_:
                events = ready.select(TIMEOUT_SECONDS)
                if not events:
                    raise Unexpected(f"no answer within {TIMEOUT_SECONDS} s")
                for key, _ in events:
                    asker = key.data
                    told = asker.take()
                    if told is None:
                        continue
                    now = perf_counter()
                    if told != status:
                        raise Unexpected(f"{told} where {status} was due: {bytes(asker.received[-600:]).decode(errors='replace')}")
                    latencies.append((now - asker.asked_at) * 1000)
                    if now - begun < seconds:
                        asker.ask(next(requests))
                    else:
                        ready.unregister(asker.socket)
                        open_ -= 1
            return Drive(perf_counter() - begun, latencies)
        finally:
            for asker in askers:
                asker.socket.close()
