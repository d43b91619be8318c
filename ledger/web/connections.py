"""One client's connection: what has come of its next request, and what of its last answer has still to go out.

- `Framing` follows a request as it comes and says when it is whole. It judges nothing: what is odd is called whole, and the parser
  of the server refuses it. But chunks that are mostly size lines are called padded, and are not worth parsing.
- Of whoever shows neither an `Authorization` nor a cookie no more than `UNREAD_BYTES_MAX` of a body is gathered: no open route
  takes as much, and all others ask who it is before they look at a body.
- `Connection` holds both directions. Nothing in it waits for the other side, but `sendall` where an answer is longer than
  `KEPT_BYTES`, and that no longer than any reader is waited for.
- Whoever sends or reads has `PATIENCE_SECONDS`, and a second more for each `SLOWEST` bytes that have moved; but never longer than
  that without a single byte.

Who is attended to, and when, is decided by `ledger.web.worker`.
"""

import re
import select
import socket
import struct
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Final

from gunicorn.config import Config
from gunicorn.http.parser import RequestParser
from gunicorn.http.unreader import Unreader

from ledger.web.messages import BATCH_BYTES_MAX

PATIENCE_SECONDS: Final = 20
SLOWEST: Final = 4096  # bytes a second: below that a connection earns no more time
KEPT_BYTES: Final = 4 * 2**20  # of an answer, for a reader who does not keep up
HEAD_BYTES_MAX: Final = 2**16  # gunicorn's own limits on lines and fields lie far below
FRAME_BYTES_MAX: Final = 2**13  # the size line of a chunk
PADDING_BYTES: Final = 2**14  # size lines and ends of chunks, beside a sixteenth of the body
UNREAD_BYTES_MAX: Final = 2**16  # of a body that nobody may ever ask for
PIECE: Final = 2**18

_END: Final = b"\r\n\r\n"
_LENGTH: Final = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,15})[ \t]*(?=\r\n)", re.IGNORECASE)
_CHUNKED: Final = re.compile(rb"\r\ntransfer-encoding:[ \t]*chunked[ \t]*(?=\r\n)", re.IGNORECASE)
_FRAMES: Final = re.compile(rb"\r\n(?:content-length|transfer-encoding)[ \t]*:", re.IGNORECASE)
_EXPECTS: Final = re.compile(rb"\r\nexpect:[ \t]*100-continue[ \t]*(?=\r\n)", re.IGNORECASE)
_SHOWS: Final = re.compile(rb"\r\n(?:authorization|cookie):", re.IGNORECASE)
_CHUNK: Final = re.compile(rb"0*([0-9a-fA-F]{1,8})[ \t]*(?:;.*)?", re.DOTALL)


class Framing:
    """Where the request at the front of a stream ends, found out while it comes."""

    def __init__(self) -> None:
        self.whole = False
        self.is_cut = False  # called whole though more of its body is to come
        self.is_padded = False
        self.expects = False  # the client waits to be told to go on
        self._unread = bytearray()  # head, size line or trailer: what is not understood yet
        self._searched = 0  # so much of it was looked through for its end: it may come byte by byte
        self._missing = 0  # bytes of a body or chunk
        self._body = self._padding = 0
        self._body_max = UNREAD_BYTES_MAX
        self._step: Callable[[], bool] = self._head
        self._then: Callable[[], bool] = self._end

    def take(self, data: bytes) -> None:
        self._unread += data
        while not self.whole and self._step():
            pass

    def _head(self) -> bool:
        begin = 2 if self._unread.startswith(b"\r\n") else 0  # an empty line before a request is overlooked
        end = self._unread.find(_END, max(begin, self._searched - len(_END)))
        if end < 0:
            self.whole = len(self._unread) > HEAD_BYTES_MAX or self._unread.find(b"\n\n", max(0, self._searched - 2)) >= 0
            self._searched = len(self._unread)
            return False
        self._searched = 0
        head = bytes(self._unread[begin : end + 2])
        del self._unread[: end + len(_END)]
        self._step = self._end
        if not (told := len(_FRAMES.findall(head))):
            return True
        if _SHOWS.search(head):
            self._body_max = BATCH_BYTES_MAX
        lengths, chunked = _LENGTH.findall(head), _CHUNKED.findall(head)
        if told == len(chunked) == 1:
            self._step = self._size
        elif told == len(lengths) == 1 and int(lengths[0]) <= self._body_max:
            self._missing, self._step = int(lengths[0]), self._bytes
        else:  # a body that nobody takes, or framing that the parser will refuse
            self.is_cut = True
        self.expects = self._step != self._end and _EXPECTS.search(head) is not None
        return True

    def _bytes(self) -> bool:
        found = min(self._missing, len(self._unread))
        del self._unread[:found]
        self._missing -= found
        self._body += found
        if self._body > self._body_max:
            self.is_cut, self._step = True, self._end
        elif self._missing:
            return False
        else:
            self._step = self._then
        return True

    def _size(self) -> bool:
        end = self._unread.find(b"\r\n")
        if end < 0 and len(self._unread) <= FRAME_BYTES_MAX + 1:
            return False
        self._padding += end + 4
        if not 0 <= end <= FRAME_BYTES_MAX or self._padding > PADDING_BYTES + self._body // 16:
            self.is_padded, self._step = True, self._end
            return True
        found = _CHUNK.fullmatch(self._unread, 0, end)
        size = int(found[1], 16) if found else 0
        if found is None:
            self._step = self._end
        elif size == 0:
            del self._unread[: end + 2]
            self._step = self._trailer
        else:
            del self._unread[: end + 2]
            self._missing, self._step, self._then = size, self._bytes, self._after_chunk
        return True

    def _after_chunk(self) -> bool:
        if len(self._unread) < 2:
            return False
        self._step = self._size if self._unread.startswith(b"\r\n") else self._end
        del self._unread[:2]
        return True

    def _trailer(self) -> bool:
        if self._unread.startswith(b"\r\n") or self._unread.find(_END, max(0, self._searched - len(_END))) >= 0:
            self._step = self._end
            return True
        self.whole = len(self._unread) > HEAD_BYTES_MAX
        self._searched = len(self._unread)
        return False

    def _end(self) -> bool:
        self.whole = True
        return False


class Arrived(Unreader):  # type: ignore[misc]  # published without types
    """What has come and was not read yet, in the form in which the parser reads. Where there is no more, it has ended."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: deque[bytearray | memoryview] = deque()
        self.fell_short = False  # somebody wanted more: where the next request would begin is not known

    def add(self, data: bytes) -> None:
        # What comes in crumbs is put together: each piece by itself would take its room, and a look of the parser at all before it.
        last = self.pieces[-1] if self.pieces else None
        if isinstance(last, bytearray) and len(last) + len(data) <= FRAME_BYTES_MAX:
            last += data
        else:
            self.pieces.append(bytearray(data) if len(data) < FRAME_BYTES_MAX else memoryview(data))

    def chunk(self, size_hint: int | None = None) -> bytes:
        if not self.pieces:
            self.fell_short = True
            return b""
        piece = self.pieces.popleft()
        size = max(size_hint or 0, FRAME_BYTES_MAX)
        if len(piece) > size:
            self.pieces.appendleft(piece[size:])  # a view: what is put together is no longer than that
        return bytes(piece[:size])

    def rest(self) -> bytes:
        """All that is left: the beginning of requests to come."""
        left: bytes = self.take_buffered() + b"".join(self.pieces)
        self.pieces.clear()
        return left


class Connection:
    """A client's connection, in the hands of the loop or of one thread, never of both."""

    def __init__(self, line: socket.socket, client: Any, server: Any, settings: Config) -> None:
        line.setblocking(False)
        self.line: Final = line
        self.client: Final = client
        self.server: Final = server
        self.arrived: Final = Arrived()
        self.parser: Final = RequestParser(settings, line, client)
        self.parser.unreader = self.arrived
        self.framing = Framing()
        self.is_kept = False  # it has carried a request before
        self.is_answered = False  # something was said to the request that it carries now
        self.is_closed = False
        self.ends = False  # it carries no other request
        self.left: deque[memoryview] = deque()  # of an answer, to be sent
        self.left_bytes = 0
        self.came = 0  # bytes of the request that it carries now, and behind it
        self.since = self.last = time.monotonic()  # of what it is waited for now: its beginning, and when something moved
        self.moved = 0
        self._busy_since = 0.0  # when the other side was waited for last, while an answer is made
        self.counted = 0  # bytes held, as the worker has added them up

    @property
    def sock(self) -> "Connection":
        """What an answer is written to, by the server's name for it."""
        return self

    @property
    def held(self) -> int:
        """Bytes in memory for the client's sake."""
        return self.came + self.left_bytes

    def wait(self) -> None:
        """From now on the other side is waited for."""
        self.since = self.last = time.monotonic()
        self.moved = 0

    def begin(self) -> None:
        """The next request; some of it may have come behind the last."""
        self.wait()
        self.framing = Framing()
        self.came, self.is_answered = 0, False
        if rest := self.arrived.rest():
            self._took(rest)

    def receive(self) -> bytes | None:
        """What has come: b"" at the end, None where nothing has. Raises OSError."""
        try:
            data = self.line.recv(PIECE)
        except (BlockingIOError, InterruptedError):
            return None
        if data:
            self._took(data)
        return data

    def _took(self, data: bytes) -> None:
        self._move(len(data))
        self.came += len(data)
        self.arrived.add(data)
        self.framing.take(data)

    def _move(self, size: int) -> None:
        self.last = time.monotonic()
        if not self.moved:
            self.since = self.last
        self.moved += size

    def patient_until(self) -> float:
        return min(self.since + self.moved / SLOWEST, self.last) + PATIENCE_SECONDS

    # --- what the server writes to -----------------------------------------------------------------------------------

    def sendall(self, data: bytes) -> None:
        """As much as the line takes at once; the rest is kept, up to a limit, and goes out before all else. Raises OSError."""
        if not self.is_answered:
            self.is_answered = True
            self.wait()
            self._busy_since = self.since
        if self.left_bytes + len(data) > KEPT_BYTES:
            self._wait_for_room(len(data))
        self.left.append(memoryview(data))
        self.left_bytes += len(data)
        self.flush()

    def _wait_for_room(self, size: int) -> None:
        """The patience is for the whole answer; the time that it took to make is not the reader's."""
        now = time.monotonic()
        self.since += now - self._busy_since
        self.last = min(self.last + now - self._busy_since, now)
        while not self.flush() and self.left_bytes + size > KEPT_BYTES:
            if not _writable(self.line, self.patient_until() - time.monotonic()):
                raise TimeoutError
        self._busy_since = time.monotonic()

    def send(self, data: bytes) -> int:
        self.sendall(data)
        return len(data)

    def flush(self) -> bool:
        """Send what the line takes; whether that was all. Raises OSError."""
        while self.left:
            piece = self.left[0]
            try:
                sent = self.line.send(piece[:PIECE])
            except (BlockingIOError, InterruptedError):
                return False
            if sent == len(piece):
                self.left.popleft()
            else:
                self.left[0] = piece[sent:]
            self.left_bytes -= sent
            self._move(sent)
        return True

    def cut(self) -> None:
        """Let what is on its way to somebody who does not read be forgotten when the line is closed, by the kernel too."""
        self.line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def gettimeout(self) -> float | None:
        return self.line.gettimeout()

    def shutdown(self, how: int) -> None:
        """The loop ends connections, when all has gone out. Raises OSError, by which the server leaves it at that."""
        raise OSError

    def close(self) -> None:
        """Likewise: nothing to do here."""


def _writable(line: socket.socket, seconds: float) -> bool:
    poll = select.poll()
    poll.register(line, select.POLLOUT)
    return seconds > 0 and bool(poll.poll(seconds * 1000))
