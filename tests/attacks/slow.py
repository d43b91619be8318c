"""T: taking the service's time and room: slow lines, lines that are kept, more of them than there is room for.

All kinds come at the same time, many times as many as the server has threads, and while they stand others ask for what they need.
The server is told to be less patient than it is, so that a test sees the end of it.
"""

import contextlib
import http.client
import json
import select
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.actions.scene import patent
from tests.attacks.stage import Answers, Attack, Book, Stage
from tests.web.service import gunicorn

attack = Book("T")

OF_EACH = 12  # of each kind: three times the threads of the worker
PATIENCE_SECONDS = 2
STANDING_SECONDS = 1.5
QUICK_SECONDS = 2.0  # for an answer while all of them stand, on a machine that does something else besides
LATEST_SECONDS = 12.0
ROOM = 8 * 2**20
PLACES = 40
BODY_BYTES, BEGUN_BYTES = 2_000_000, 1_500_000  # of a body in the crowds, and what comes of it

# gunicorn's settings as they are, but for the patience and the room.
SETTINGS = f"""
exec(open("gunicorn.conf.py").read())
from ledger.web import connections, worker
connections.PATIENCE_SECONDS = worker.FAREWELL_SECONDS = {PATIENCE_SECONDS}
"""
LITTLE_ROOM = f"worker.ROOM = {ROOM}\nworker_connections = {PLACES}\n"

HEAD = b"GET /healthz HTTP/1.1\r\nHost: x\r\n"
FILE = b"GET /docs/ui/swagger-ui-bundle.js HTTP/1.1\r\nHost: x\r\n\r\n"


@dataclass
class Slow:
    """A kind of slow client: what it sends at first, and then bit by bit."""

    first: bytes = b""
    then: bytes = b""
    lines: list[socket.socket] = field(default_factory=list)

    def come(self, port: int) -> None:
        for _ in range(OF_EACH):
            line = socket.socket()
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            line.connect(("127.0.0.1", port))
            line.sendall(self.first)
            self.lines.append(line)

    def go_on(self) -> None:
        if self.then:
            for line in self.lines:
                with contextlib.suppress(OSError):
                    line.send(self.then)

    def is_let_go(self) -> bool:
        """Whether the server has hung up on all; what it has said until then is read at the end only."""
        return all(map(_has_hung_up, self.lines))


@dataclass
class Siege:
    kinds: dict[str, Slow]
    slowest_seconds: float
    let_go: dict[str, bool]

    def tell(self, kind: str) -> str:
        others = "others are answered" if self.slowest_seconds < QUICK_SECONDS else f"others wait {self.slowest_seconds:.1f} s"
        return f"{others}, and it is {'let go' if self.let_go[kind] else 'kept'}"


@contextmanager
def besieged(stage: Stage, folder: Path) -> Iterator[Siege]:
    """The siege, when it is over."""
    token = _token(stage)
    post = b"POST /v1/entries HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    kinds = {
        "silent": Slow(),
        "head": Slow(HEAD, b"X: y\r\n"),
        "body": Slow(post + token + b"Content-Length: 1000000\r\n\r\n", b" "),
        "strange body": Slow(post + b"Content-Length: 60000\r\n\r\n", b" "),
        "chunks": Slow(post + token + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
        "expecting": Slow(post + token + b"Content-Length: 1000000\r\nExpect: 100-continue\r\n\r\n", b" "),
        "reader": Slow(FILE * 8),
        "kept": Slow(HEAD + b"Connection: close\r\n\r\n"),
    }
    with served(stage, folder, SETTINGS) as port, ExitStack() as stack:
        for kind in kinds.values():
            kind.come(port)
            for line in kind.lines:
                stack.enter_context(closing(line))
        over = threading.Event()
        dripping = threading.Thread(target=lambda: _drip(kinds, over))
        dripping.start()
        try:
            slowest = waits(stage, port, STANDING_SECONDS)
            until = time.monotonic() + LATEST_SECONDS
            while time.monotonic() < until and not all(kind.is_let_go() for kind in kinds.values()):
                time.sleep(0.1)
            slowest = max(slowest, waits(stage, port, 0.2))
        finally:
            over.set()
            dripping.join()
        yield Siege(kinds, slowest, {name: kind.is_let_go() for name, kind in kinds.items()})


@contextmanager
def served(stage: Stage, folder: Path, settings: str) -> Iterator[int]:
    (folder / "settings.py").write_text(settings)
    with gunicorn(stage.service, words=("--config", str(folder / "settings.py"))) as port:
        yield port


def waits(stage: Stage, port: int, seconds: float) -> float:
    """How long at most somebody else waits for an entry, and for one to be tried, over so many seconds."""
    kind, body = patent(60)
    entry = json.dumps({"kind": kind, "centre": "c1", "body": body})
    told = {"Authorization": f"Bearer {stage.service.as_('recorder', 'c1').token}", "Content-Type": "application/json"}
    longest, until = 0.0, time.monotonic() + seconds
    while time.monotonic() < until:
        for method, path, data, status in (("GET", f"/v1/entries/{stage.of['c1'][0]}", None, 200),
                                           ("POST", "/v1/entries?dry_run=true", entry, 200)):  # fmt: skip
            begun = time.monotonic()
            with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as one:
                one.request(method, path, data, told)
                answer = one.getresponse()
                assert answer.status == status, answer.read()
                answer.read()
            longest = max(longest, time.monotonic() - begun)
    return longest


def _drip(kinds: dict[str, Slow], over: threading.Event) -> None:
    while not over.wait(0.2):
        for kind in kinds.values():
            kind.go_on()


def _has_hung_up(line: socket.socket) -> bool:
    poll = select.poll()
    poll.register(line, select.POLLRDHUP | select.POLLHUP | select.POLLERR)
    return bool(poll.poll(0))


NOT_LEFT = "others are answered, and it is let go"


@attack("a connection on which nothing comes", by="anybody", answers=NOT_LEFT)
def silent(siege: Siege) -> Answers:
    yield siege.tell("silent")


@attack("a head that comes field by field and never ends", by="anybody", answers=NOT_LEFT)
def head(siege: Siege) -> Answers:
    yield siege.tell("head")


@attack("a body that comes byte by byte", by="a recorder; anybody", answers=NOT_LEFT)
def body(siege: Siege) -> Answers:
    yield siege.tell("body")
    yield siege.tell("strange body")


@attack("a body that comes in chunks of one byte, or waits to be told to go on", by="a recorder", answers=NOT_LEFT)
def chunks(siege: Siege) -> Answers:
    yield siege.tell("chunks")
    yield siege.tell("expecting")


@attack("answers that are asked for and not read", by="anybody", answers=NOT_LEFT)
def reader(siege: Siege) -> Answers:
    yield siege.tell("reader")


@attack("a connection that is kept after its last answer", by="anybody", answers=NOT_LEFT)
def kept(siege: Siege) -> Answers:
    yield siege.tell("kept")


CROWD = Book("C")


@CROWD("more connections than the server has places for", by="anybody", answers="others are answered, and the eldest are let go")
def crowded(stage_and_port: tuple[Stage, int]) -> Answers:
    stage, port = stage_and_port
    with ExitStack() as stack:
        lines = [stack.enter_context(socket.create_connection(("127.0.0.1", port))) for _ in range(3 * PLACES)]
        slowest = waits(stage, port, 0.5)
        eldest = sum(map(_has_hung_up, lines[: 2 * PLACES]))
        yield _told(slowest, eldest >= PLACES)


@CROWD("more unfinished bodies than the server has memory for, without a token, while a recorder sends slowly",
       by="anybody", answers="the recorder is answered: 400 malformed")  # fmt: skip
def crowded_out(stage_and_port: tuple[Stage, int]) -> Answers:
    stage, port = stage_and_port
    with ExitStack() as stack:
        recorder = _unfinished(stack, port, _token(stage))
        for _ in range(24):
            _unfinished(stack, port)
        with contextlib.suppress(OSError):
            recorder.sendall(b" " * (BODY_BYTES - BEGUN_BYTES))
        with contextlib.suppress(ConnectionResetError):
            answer = http.client.HTTPResponse(recorder)
            answer.begin()
            yield f"the recorder is answered: {answer.status} {json.loads(answer.read() or b'{}').get('code')}"


@CROWD("more unfinished bodies than the server has memory for, with a token", by="a recorder",
       answers="others are answered, and the eldest are let go")  # fmt: skip
def heaped(stage_and_port: tuple[Stage, int]) -> Answers:
    stage, port = stage_and_port
    with ExitStack() as stack:
        lines = [_unfinished(stack, port, _token(stage)) for _ in range(24)]
        slowest = waits(stage, port, 0.5)
        yield _told(slowest, sum(map(_has_hung_up, lines)) >= 12)


def _token(stage: Stage) -> bytes:
    return f"Authorization: Bearer {stage.service.as_('recorder', 'c1').token}\r\n".encode()


def _unfinished(stack: ExitStack, port: int, shown: bytes = b"") -> socket.socket:
    """A body of spaces, without its end."""
    head = b"POST /v1/entries HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" + shown
    line = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=30))
    with contextlib.suppress(OSError):
        line.sendall(head + b"Content-Length: %d\r\n\r\n" % BODY_BYTES + b" " * BEGUN_BYTES)
    return line


def _told(slowest_seconds: float, are_let_go: bool) -> str:
    others = "others are answered" if slowest_seconds < QUICK_SECONDS else f"others wait {slowest_seconds:.1f} s"
    return f"{others}, and the eldest are {'let go' if are_let_go else 'kept'}"


SLOW: list[Attack] = attack.attacks
CROWDS: list[Attack] = CROWD.attacks
