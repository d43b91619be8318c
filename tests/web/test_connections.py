"""Where a request ends, found out while it comes; and what is kept for a reader who does not keep up."""

import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from gunicorn.config import Config
from gunicorn.http.errors import NoMoreData, ParseException
from gunicorn.http.parser import RequestParser
from hypothesis import given
from hypothesis import strategies as st

from ledger.web import connections
from ledger.web.connections import FRAME_BYTES_MAX, HEAD_BYTES_MAX, KEPT_BYTES, UNREAD_BYTES_MAX, Arrived, Connection, Framing
from ledger.web.messages import BATCH_BYTES_MAX

CHUNKED = b"POST / HTTP/1.1\r\nAuthorization: Bearer x\r\nTransfer-Encoding: chunked\r\n\r\n"

bodies = st.binary(max_size=60) | st.sampled_from([b"", b"\r\n\r\n", b"0\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n"])
fields = st.sampled_from(
    [b"X-Content-Length: 7\r\n", b"Content-Length-X: 7\r\n", b"A: content-length: 7\r\n", b"Accept: */*\r\n",
     b"A:\r\n",
     b"X: transfer-encoding: chunked\r\n"]
)  # fmt: skip


@st.composite
def requests(draw: st.DrawFn) -> bytes:
    """Proper ones, with every way of telling how long they are."""
    body, before, behind = draw(bodies), draw(st.lists(fields, max_size=3)), draw(st.lists(fields, max_size=3))
    way = draw(st.sampled_from(["none", "length", "chunks"]))
    if way == "none":
        body, framing = b"", b""
    elif way == "length":
        name = draw(st.sampled_from([b"Content-Length: ", b"content-length:", b"CONTENT-LENGTH:\t ", b"Content-Length: 00"]))
        framing = name + b"%d" % len(body) + draw(st.sampled_from([b"", b" ", b"\t"])) + b"\r\n"
    else:
        framing = draw(st.sampled_from([b"Transfer-Encoding: chunked\r\n", b"transfer-encoding:Chunked \r\n"]))
        body = chunked(draw, body)
    line = draw(st.sampled_from([b"POST / HTTP/1.1\r\n", b"GET /content-length:5 HTTP/1.1\r\n", b"\r\nPOST / HTTP/1.1\r\n"]))
    return line + b"".join(before) + framing + b"".join(behind) + b"\r\n" + body


def chunked(draw: st.DrawFn, body: bytes) -> bytes:
    told = b""
    while body:
        size = draw(st.integers(1, len(body)))
        form = draw(st.sampled_from([b"%x\r\n", b"%X\r\n", b"000%x\r\n", b"0000000000%x\r\n", b"%x;a=b\r\n", b'%x ; a="c"\r\n']))
        told += form % size + body[:size] + b"\r\n"
        body = body[size:]
    return told + draw(st.sampled_from([b"0\r\n\r\n", b"000\r\n\r\n", b"0\r\nA: b\r\n\r\n", b"0\r\nA: b\r\nC: d\r\n\r\n"]))


def whole_after(data: bytes, pieces: Iterator[int]) -> int | None:
    """How much of the data had come when it was whole."""
    framing, at = Framing(), 0
    while at < len(data):
        size = next(pieces)
        framing.take(data[at : at + size])
        at = min(at + size, len(data))
        if framing.whole:
            return at
    return None


def parsed(data: bytes) -> tuple[bytes, bytes]:
    """The body as the server reads it, and what lies behind the request. Raises what the server raises."""
    arrived = Arrived()
    arrived.add(data)
    parser = RequestParser(Config(), iter(()), ("127.0.0.1", 1))
    parser.unreader = arrived
    body = next(parser).body.read()
    if arrived.fell_short:
        raise NoMoreData(data)
    return body, arrived.rest()


@given(requests())
def test_a_request_is_whole_at_its_last_byte_and_no_earlier(request: bytes) -> None:
    assert whole_after(request, iter(lambda: 1, 0)) == len(request)
    assert parsed(request)[1] == b""


class Looked(bytearray):
    """Counts how much of it is looked at for the end of something."""

    looked = 0

    def find(self, *told: Any) -> int:
        self.looked += len(self) - (told[1] if len(told) > 1 else 0)
        return super().find(*told)

    def __contains__(self, told: Any) -> bool:
        self.looked += len(self)
        return super().__contains__(told)


@pytest.mark.parametrize("begun", [b"GET / HTTP/1.1\r\nA: ", CHUNKED + b"0\r\nA: "], ids=["head", "trailer"])
def test_what_comes_byte_by_byte_costs_little_more_than_what_comes_at_once(begun: bytes) -> None:
    framing: Any = Framing()
    framing.take(begun)
    unread = framing._unread = Looked(framing._unread)
    arrived = Arrived()
    for _ in range(60_000):
        framing.take(b"a")
        arrived.add(b"a")
    assert not framing.whole
    assert unread.looked < 60_000 * 12
    assert len(arrived.pieces) <= 60_000 // FRAME_BYTES_MAX + 1  # or they would take a hundred times the room that is counted
    assert arrived.rest() == b"a" * 60_000


@given(st.lists(st.binary(max_size=20_000), max_size=6), st.integers(0, 20_000))
def test_pieces_are_put_together_as_they_came(pieces: list[bytes], crumbs: int) -> None:
    arrived = Arrived()
    for piece in [*pieces, *[b"x"] * (crumbs % 300), *pieces]:
        arrived.add(piece)
    told = b"".join([*pieces, b"x" * (crumbs % 300), *pieces])
    read = b"".join(iter(lambda: arrived.read(1000), b""))
    assert read == told


@given(requests(), st.lists(st.integers(1, 40), min_size=1), requests())
def test_how_it_comes_and_what_comes_behind_it_makes_no_difference(request: bytes, sizes: list[int], other: bytes) -> None:
    def pieces() -> Iterator[int]:
        yield from sizes
        while True:
            yield 1

    end = whole_after(request + other, pieces())
    assert end is not None
    assert end >= len(request)
    assert end - len(request) < max(sizes)
    assert parsed(request + other)[1] == other


@given(st.data())
def test_what_the_server_would_take_is_never_cut_short(data: st.DataObject) -> None:
    """Some bytes are exchanged: whatever the server still reads to its end was not called whole before that."""
    request = data.draw(requests())
    at, gone = data.draw(st.integers(0, len(request))), data.draw(st.integers(0, 6))
    put = data.draw(st.binary(max_size=6) | st.sampled_from([b"\r\n", b"\n", b" ", b":", b"5", b"0\r\n", b"Content-Length: 3\r\n"]))
    changed = request[:at] + put + request[at + gone :]
    try:
        _, behind = parsed(changed)
    except (ParseException, NoMoreData, StopIteration, ValueError):
        return
    end = whole_after(changed, iter(lambda: 1, 0))
    assert end is not None
    assert end >= len(changed) - len(behind)


@pytest.mark.parametrize(
    "data",
    [b"A" * (HEAD_BYTES_MAX + 1), b"GET / HTTP/1.1\n\n", b"GET / HTTP/1.1\r\nX: y" * (HEAD_BYTES_MAX // 16),
     b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % (BATCH_BYTES_MAX + 1), b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
     b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
     b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1" * 9000,
     b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc", b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n",
     b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + b"a: b\r\n" * 20_000,
     b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n"],
)  # fmt: skip
def test_what_is_odd_or_endless_is_left_to_the_parser_at_once(data: bytes) -> None:
    framing = Framing()
    framing.take(data)
    assert framing.whole


def test_more_chunks_than_any_body_may_have_are_not_waited_for() -> None:
    framing, size = Framing(), 2**20
    framing.take(CHUNKED)
    for _ in range(BATCH_BYTES_MAX // size):
        framing.take(b"%x\r\n" % size + b" " * size + b"\r\n")
        assert not framing.whole
    framing.take(b"1\r\n \r\n")
    assert framing.is_cut


@pytest.mark.parametrize(
    ("piece", "at_most"),
    [(b"1\r\n \r\n", 20_000), (b"2\r\n  \r\n", 30_000), (b"2;" + b"a" * 4000 + b"\r\n  \r\n", 30_000)],
    ids=["of a byte", "of two bytes", "with a long line each"],
)
def test_chunks_that_are_mostly_size_lines_are_not_walked_to_their_end(piece: bytes, at_most: int) -> None:
    framing = Framing()
    framing.take(CHUNKED + piece * (2**20 // len(piece)))
    assert framing.is_padded
    assert framing.whole
    assert 2**20 - len(framing._unread) < at_most


def test_a_body_in_many_small_chunks_may_come_whole() -> None:
    framing, piece = Framing(), b"80\r\n" + b" " * 128 + b"\r\n"
    framing.take(CHUNKED + piece * (2**22 // 128) + b"0\r\n\r\n")
    assert (framing.whole, framing.is_padded, framing.is_cut) == (True, False, False)


@pytest.mark.parametrize(("length", "is_padded"), [(11, False), (FRAME_BYTES_MAX, False), (FRAME_BYTES_MAX + 1, True)])
def test_a_size_line_is_judged_alike_in_one_piece_and_byte_by_byte(length: int, is_padded: bool) -> None:
    data = CHUNKED + b"2".rjust(length, b"0") + b"\r\n{}\r\n0\r\n\r\n"
    at_once, by_bytes = Framing(), Framing()
    at_once.take(data)
    for byte in data:
        assert is_padded or not by_bytes.whole
        by_bytes.take(bytes([byte]))
    for framing in (at_once, by_bytes):
        assert (framing.whole, framing.is_padded) == (True, is_padded)


@pytest.mark.parametrize("shown", [b"Authorization: Bearer x\r\n", b"COOKIE:ledger=x\r\n"])
@pytest.mark.parametrize("body", [b"Content-Length: %d\r\n\r\n" % (UNREAD_BYTES_MAX + 1),
                                  b"Transfer-Encoding: chunked\r\n\r\n100000\r\n" + b" " * (UNREAD_BYTES_MAX + 1)],
                         ids=["promised", "in chunks"])  # fmt: skip
def test_a_long_body_is_gathered_only_for_those_who_show_something(body: bytes, shown: bytes) -> None:
    line = b"POST / HTTP/1.1\r\n"
    for head, gathers in ((line + shown, True), (line, False), (line + b"X-" + shown, False), (line + b"X: " + shown, False)):
        framing = Framing()
        framing.take(head + body)
        assert framing.is_cut is framing.whole is not gathers


def test_a_short_body_is_gathered_for_anybody() -> None:
    framing = Framing()
    framing.take(b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % UNREAD_BYTES_MAX + b" " * (UNREAD_BYTES_MAX - 1))
    assert not framing.whole
    framing.take(b" ")
    assert (framing.whole, framing.is_cut) == (True, False)


def test_a_client_may_ask_whether_to_go_on() -> None:
    for head, asks in ((b"Expect: 100-continue\r\nContent-Length: 5\r\n", True), (b"Expect: 100-continue\r\n", False),
                       (b"A: b\r\n", False)):
        framing = Framing()
        framing.take(b"POST / HTTP/1.1\r\n" + head + b"\r\n")
        assert framing.expects is asks


@pytest.fixture
def pair() -> Iterator[tuple[Connection, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield Connection(ours, ("127.0.0.1", 1), ("127.0.0.1", 2), Config()), theirs


def test_an_answer_is_kept_for_a_reader_who_does_not_keep_up(pair: tuple[Connection, socket.socket]) -> None:
    connection, reader = pair
    answer = bytes(range(256)) * (KEPT_BYTES // 256)
    connection.sendall(b"head")
    connection.sendall(answer)  # at once, though nobody reads
    assert 0 < connection.left_bytes < len(answer)
    assert connection.held == connection.left_bytes
    came = b""
    while not connection.flush() or len(came) < len(answer) + 4:
        came += reader.recv(2**20)
    assert came == b"head" + answer
    assert connection.left_bytes == 0


def test_one_longer_than_that_waits_for_its_reader(pair: tuple[Connection, socket.socket]) -> None:
    connection, reader = pair
    came: list[bytes] = []
    reading = threading.Thread(target=lambda: came.extend(iter(lambda: reader.recv(2**16), b"")))
    reading.start()
    for number in range(12):
        connection.sendall(bytes([number]) * 2**20)
        assert connection.left_bytes <= KEPT_BYTES
    while not connection.flush():
        time.sleep(0.001)
    connection.line.shutdown(socket.SHUT_WR)
    reading.join()
    assert b"".join(came) == b"".join(bytes([number]) * 2**20 for number in range(12))


def test_and_no_longer_than_anybody_is_waited_for(pair: tuple[Connection, socket.socket], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "PATIENCE_SECONDS", 0.1)
    pair[0].sendall(bytes(KEPT_BYTES))
    with pytest.raises(TimeoutError):
        pair[0].sendall(bytes(KEPT_BYTES))


def test_a_reader_of_crumbs_is_not_waited_for_anew_with_every_piece(
    pair: tuple[Connection, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody takes a little whenever patience ends: over the whole answer that is too slow."""
    monkeypatch.setattr(connections, "PATIENCE_SECONDS", 0.4)
    monkeypatch.setattr(connections, "SLOWEST", 2**30)
    connection, reader = pair
    stop = threading.Event()

    def sip() -> None:
        while not stop.wait(0.1):
            reader.recv(2**18)

    def answer() -> None:
        for _ in range(100):
            connection.sendall(bytes(2**17))

    sipping = threading.Thread(target=sip)
    sipping.start()
    try:
        with pytest.raises(TimeoutError):
            answer()
    finally:
        stop.set()
        sipping.join()


@pytest.mark.parametrize(
    ("moved", "since", "last", "until"),
    [(0, 0, 0, 20), (4096 * 10, 0, 29, 30), (4096 * 10, 0, 2, 22), (2**25, 0, 100, 120)],
    ids=["nothing came", "slower than may be", "stopped", "goes on"],
)
def test_patience_is_for_those_who_move(
    pair: tuple[Connection, socket.socket], moved: int, since: float, last: float, until: float
) -> None:
    connection: Any = pair[0]
    connection.moved, connection.since, connection.last = moved, since, last
    assert connection.patient_until() == until
