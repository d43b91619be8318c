"""X: what only a server meets: requests that are framed wrongly, begun and not ended, or none at all."""

import contextlib
import re
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass

from tests.attacks.stage import Answers, Attack, Book, Stage

attack = Book("X")

_STATUS = re.compile(rb"HTTP/1\.[01] ([0-9]{3}) ")
_LENGTH = re.compile(rb"\r\nContent-Length: ([0-9]+)", re.IGNORECASE)
_CODE = re.compile(rb'"code": ?"([a-z-]+)"')

GET = b"GET /healthz HTTP/1.1\r\nHost: x\r\n"
LAST = b"Connection: close\r\n\r\n"
SMUGGLED = b"GET /v1/entries HTTP/1.1\r\nHost: x\r\n\r\n"


@dataclass
class Wire:
    """A server on a port, and the stage that it serves."""

    port: int
    stage: Stage

    @property
    def token(self) -> bytes:
        return b"Authorization: Bearer %s\r\n" % (self.stage.service.as_("recorder", "c1").token or "").encode()

    def post(self, framing: bytes, body: bytes = b"") -> bytes:
        head = b"POST /v1/entries HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        return head + self.token + framing + b"Connection: close\r\n\r\n" + body

    def send(self, *pieces: bytes, half_close: bool = True) -> str:
        """All answers that come back, until the server hangs up."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as line:
            try:
                for piece in pieces:
                    line.sendall(piece)
                if half_close:
                    line.shutdown(socket.SHUT_WR)
            except OSError:
                pass  # it has heard enough; what it said may still be read
            came = b""
            try:
                while piece := line.recv(65_536):
                    came += piece
            except ConnectionResetError:
                pass
        return " then ".join(answers(came)) or "closed"


def answers(came: bytes) -> Sequence[str]:
    found = []
    while came:
        status = _STATUS.match(came)
        assert status, f"no answer: {came[:300]!r}"
        head, _, rest = came.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        body, came = (rest[: int(length[1])], rest[int(length[1]) :]) if length else (rest, b"")
        assert status[1] != b"500", body
        code = _CODE.search(body) if int(status[1]) >= 400 else None
        found.append(status[1].decode() + (f" {code[1].decode()}" if code else ""))
    return found


@attack("a body with two lengths, or with a length and in chunks, and another request inside of it",
        by="whoever shares the line of a proxy",
        answers="400 malformed")  # fmt: skip
def smuggled(wire: Wire) -> Answers:
    size = b"Content-Length: %d\r\n" % len(SMUGGLED)
    for framing, body in (
        (size + b"Content-Length: 0\r\n", SMUGGLED), (b"Content-Length: 0\r\n" + size, SMUGGLED), (size + size, SMUGGLED),
        (size + b"Transfer-Encoding: chunked\r\n", b"0\r\n\r\n" + SMUGGLED),
        (b"Transfer-Encoding: chunked\r\n" + size, b"0\r\n\r\n" + SMUGGLED),
        (b"Content-Length: 6, 6\r\n", b"0\r\n\r\nG"), (b"Transfer-Encoding: chunked, chunked\r\n", b"0\r\n\r\n" + SMUGGLED),
        (b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", b"0\r\n\r\n" + SMUGGLED),
        (b"Transfer-Encoding: identity, chunked\r\n" + size, b"0\r\n\r\n" + SMUGGLED),
    ):  # fmt: skip
        yield wire.send(wire.post(framing, body), half_close=False)


@attack("chunked, disguised: with a tab, in capitals and spaces, quoted, folded, as `xchunked`, with a space before the colon",
        by="whoever shares the line of a proxy", answers="400 malformed")  # fmt: skip
def disguised(wire: Wire) -> Answers:
    for framing in (
        b"Transfer-Encoding: xchunked\r\n", b"Transfer-Encoding : chunked\r\n", b"Transfer-Encoding:\r\n chunked\r\n",
        b"Transfer-Encoding: 'chunked'\r\n",
        b"Transfer-Encoding: chunked\x0b\r\n", b"Transfer-Encoding: \x00chunked\r\n", b"Transfer-Encoding: gzip\r\n",
        b"Transfer-Encoding: chunked;q=1\r\n",
        b"X: y\nTransfer-Encoding: chunked\r\n", b"X: y\rTransfer-Encoding: chunked\r\n", b" Transfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked, identity\r\n",
    ):  # fmt: skip
        yield wire.send(wire.post(framing, b"0\r\n\r\n" + SMUGGLED), half_close=False)


@attack("a length that is none: negative, signed, hexadecimal, in other digits, with a fraction, without an end", by="a recorder",
        answers="400 malformed · 413 too-large")  # fmt: skip
def lengths(wire: Wire) -> Answers:
    for length in (b"-1", b"+2", b"0x2", b"1e1", b"2.0", b"2 2", b"2,2", b"\xb2", b"", b"two", b"9" * 19, b"9" * 400,
                   b"99999999999"):
        yield wire.send(wire.post(b"Content-Length: %s\r\n" % length, b"{}"), half_close=False)


@attack("chunks that do not add up: sizes that are none, too large or negative, no end of a chunk, trailers that are headers",
        by="a recorder", answers="400 malformed")  # fmt: skip
def chunks(wire: Wire) -> Answers:
    for body in (b"zz\r\n{}\r\n0\r\n\r\n", b"5\r\n{}\r\n0\r\n\r\n", b"-1\r\n{}\r\n", b"0x2\r\n{}\r\n0\r\n\r\n",
                 b"2_0\r\n{}\r\n0\r\n\r\n",
                 b"FFFFFFFFFFFFFFFF\r\n{}\r\n0\r\n\r\n", b"2\r\n{}0\r\n\r\n", b"2 \r\n{}\r\n0\r\n\r\n", b"\r\n{}\r\n0\r\n\r\n",
                 b"2\n{}\n0\n\n", b"2;" + b"a" * 20_000, b'2;x="\r\n{}\r\n0\r\n\r\n',
                 b"2\r\n{}\r\n0\r\nContent-Length: 5\r\n\r\n", b"2\r\n{}\r\n0\r\n" + b"a: b\r\n" * 20_000 + b"\r\n",
                 b"2\r\n{}"):  # fmt: skip
        yield wire.send(wire.post(b"Transfer-Encoding: chunked\r\n", body))


@attack("a body in hundreds of thousands of chunks: of a byte each, of two, with long lines for their sizes",
        by="anybody", answers="400 malformed")  # fmt: skip
def tiny_chunks(wire: Wire) -> Answers:
    nobody = b"POST /v1/entries HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    for piece in (b"1\r\n \r\n", b"2\r\n  \r\n", b"2;%s\r\n  \r\n" % (b"a" * 4000)):
        many = [piece * (2**18 // len(piece))] * 12
        yield wire.send(wire.post(b"Transfer-Encoding: chunked\r\n"), *many, half_close=False)
        yield wire.send(nobody, *many, half_close=False)


@attack("a size with many noughts before it, in one piece and in two", by="a recorder", answers="422 invalid")
def noughts(wire: Wire) -> Answers:
    head, body = wire.post(b"Transfer-Encoding: chunked\r\n"), b"00000000000002\r\n{}\r\n0\r\n\r\n"
    yield wire.send(head + body, half_close=False)
    with socket.create_connection(("127.0.0.1", wire.port), timeout=30) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        line.sendall(head + body[:16])
        time.sleep(0.2)  # so that the server sees it alone
        with contextlib.suppress(OSError):
            line.sendall(body[16:])
        yield " then ".join(answers(b"".join(iter(lambda: line.recv(65_536), b""))))


@attack("lines that are no HTTP/1.1: of 0.9, of 2, of 3.7, without a version, with tabs, bare ends of lines, TLS, a shell",
        by="anybody",
        answers="400 malformed")  # fmt: skip
def no_http(wire: Wire) -> Answers:
    for raw in (b"GET /\r\n\r\n", b"GET / HTTP/0.9\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"GET / HTTP/3.7\r\n\r\n",
                b"GET / HTTP/1.1 \r\n\r\n",
                b"GET\t/\tHTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\n\n", b"GET / HTTP/1.1\r\rHost: x\r\r", b"GET  / HTTP/1.1\r\n\r\n",
                b"GET / \x00HTTP/1.1\r\n\r\n",
                b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 400, b"id\r\n\r\n", b"\x00" * 300, b"\r\n\r\n\r\n",
                b"GET \xff HTTP/1.1\r\n\r\n",
                b"GET /v1/entries\r\nHTTP/1.1\r\n\r\n", b"GET [::1 HTTP/1.1\r\n\r\n", b"G@T / HTTP/1.1\r\n\r\n"):  # fmt: skip
        yield wire.send(raw)


@attack("heads beyond every limit: a line of 8 000, a field of 9 000, 101 fields, 200 KB without an end", by="anybody",
        answers="400 malformed")  # fmt: skip
def long_heads(wire: Wire) -> Answers:
    for raw in (b"GET /%s HTTP/1.1\r\nHost: x\r\n\r\n" % (b"a" * 8000), GET + b"X: %s\r\n\r\n" % (b"a" * 9000),
                GET + b"X: y\r\n" * 101 + b"\r\n",
                GET + b"X: y\r\n" * 33_000, b"A" * 200_000, GET + b"X" * 200_000):  # fmt: skip
        yield wire.send(raw, half_close=False)


@attack("fields that are none: no colon, no name, folded, a null byte, a bare end of a line, a name that is no token", by="anybody",
        answers="400 malformed")  # fmt: skip
def fields(wire: Wire) -> Answers:
    for line in (b"Authorization Bearer x", b": x", b"a b: c", b"a\x00: c", b"a: \x00", b"a: b\nc: d", b"a: b\rc: d", b"a: b\r\n c",
                 b"\xc3\xa9: a",
                 b"a(b): c", b"Host: x\r\nHost: y", b"Content-Type: a\r\nContent-Type: b",
                 b"Expect: the impossible"):  # fmt: skip
        yield wire.send(GET + line + b"\r\n" + LAST)


@attack("fields by which a proxy sets the environment of the application: SCRIPT_NAME, PATH_INFO, REMOTE_USER, X_FORWARDED_FOR",
        by="anybody", answers="200 · 401 unauthenticated")  # fmt: skip
def environment(wire: Wire) -> Answers:
    for name in (b"SCRIPT_NAME", b"SCRIPT-NAME", b"PATH_INFO", b"REMOTE_USER", b"REMOTE_ADDR", b"X_FORWARDED_FOR",
                 b"wsgi.url_scheme", b"QUERY_STRING",
                 b"HTTP_AUTHORIZATION", b"X-Forwarded-Proto: https\r\nX-Forwarded-Ssl", b"Proxy"):  # fmt: skip
        for value in (b"/evil", b"/healthz", b"off", b"auditor"):
            yield wire.send(GET + name + b": " + value + b"\r\n" + LAST)
            yield wire.send(b"GET /v1/entries HTTP/1.1\r\nHost: x\r\n" + name + b": " + value + b"\r\n" + LAST)


@attack("another host in the line of the request than in Host, a tunnel, an upgrade to HTTP/2 or a web socket", by="anybody",
        answers="200 · 400 malformed · 401 unauthenticated · 404 not-found")  # fmt: skip
def targets(wire: Wire) -> Answers:
    for line in (b"GET http://evil.example/healthz", b"GET http://evil.example/v1/entries",
                 b"GET HTTPS://evil.example:99999/healthz", b"OPTIONS *",
                 b"CONNECT evil.example:443", b"GET //evil.example/v1/entries", b"GET evil.example:80", b"GET *",
                 b"GET file:///etc/passwd",
                 b"GET http://localhost:8000@evil.example/healthz"):  # fmt: skip
        yield wire.send(line + b" HTTP/1.1\r\nHost: x\r\n" + LAST)
    for upgrade in (b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n",
                    b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n"):  # fmt: skip
        yield wire.send(GET + upgrade + b"\r\n")


@attack("requests behind one another on one line, the second one without credentials", by="whoever shares the line of a proxy",
        answers="each by itself")  # fmt: skip
def pipelined(wire: Wire) -> Answers:
    seen = b"GET /v1/entries/%d HTTP/1.1\r\nHost: x\r\n" % wire.stage.of["c1"][0]
    told = wire.send(seen + wire.token + b"\r\n" + seen + b"\r\n" + seen + wire.token + b"\r\n", half_close=True)
    yield "each by itself" if told == "200 then 401 unauthenticated then 200" else told
    told = wire.send(GET + b"\r\n" + b"nonsense\r\n\r\n" + GET + b"\r\n", half_close=False)
    yield "each by itself" if told == "200 then 400 malformed" else told
    hidden = b"POST /nope HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(SMUGGLED) + SMUGGLED
    told = wire.send(hidden + GET + LAST, half_close=False)
    yield "each by itself" if told == "404 not-found then 200" else told


@attack("a body that ends before its length, by hanging up or by closing one half", by="a recorder", answers="400 malformed")
def cut_short(wire: Wire) -> Answers:
    yield wire.send(wire.post(b"Content-Length: 1000\r\n", b'{"kind": "patent"'))
    yield wire.send(wire.post(b"Transfer-Encoding: chunked\r\n", b'ff\r\n{"kind": "patent"'))
    yield wire.send(wire.post(b"Content-Length: 2000000\r\n", b'{"a": "' + b"b" * 500_000))


@attack("a promise of 40 MiB, and 40 MiB", by="anybody", answers="413 too-large · 401 unauthenticated")
def promised(wire: Wire) -> Answers:
    size = 40 * 2**20
    yield wire.send(wire.post(b"Content-Length: %d\r\n" % size))
    yield wire.send(wire.post(b"Content-Length: %d\r\n" % size), *[b" " * 2**20] * 40)
    yield wire.send(b"POST /v1/entries HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % size, *[b" " * 2**20] * 40)


@attack("more of a body than whoever shows nothing may send: promised, in chunks, to a route that is open", by="anybody",
        answers="401 unauthenticated · 413 too-large")  # fmt: skip
def unshown(wire: Wire) -> Answers:
    body = b" " * 200_000
    for path in (b"/v1/entries", b"/session"):
        head = b"POST " + path + b" HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        yield wire.send(head + b"Content-Length: 200000\r\n\r\n", half_close=False)
        yield wire.send(head + b"Content-Length: 200000\r\n\r\n", body, half_close=False)
        yield wire.send(head + b"Transfer-Encoding: chunked\r\n\r\n30d40\r\n", body, half_close=False)


@attack("a token in a line that is no field, to find it in a log or to be told it", by="an accident", answers="nowhere repeated")
def in_the_wrong_line(wire: Wire) -> Answers:
    token = (wire.stage.service.as_("auditor").token or "").encode()
    for raw in (GET + b"Authorization Bearer " + token + b"\r\n\r\n", b"GET /healthz " + token + b"\r\n\r\n",
                b"GET /healthz HTTP/" + token + b"\r\n\r\n",
                GET + b"Bearer " + token + b": x\r\n\r\n", token + b" / HTTP/1.1\r\n\r\n",
                wire.post(b"Transfer-Encoding: chunked\r\n", token + b"\r\n\r\n")):  # fmt: skip
        with socket.create_connection(("127.0.0.1", wire.port), timeout=30) as line:
            line.sendall(raw)
            line.shutdown(socket.SHUT_WR)
            came = b"".join(iter(lambda: line.recv(65_536), b""))
        yield "repeated" if token in came or token[:20] in came else "nowhere repeated"


WIRE: list[Attack] = attack.attacks
