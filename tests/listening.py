"""A real HTTP server on 127.0.0.1, for whoever is asked by the service: what it answers is up to them, and however slowly."""

import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread


@dataclass(frozen=True)
class Reply:
    status: int
    body: bytes = b""
    media_type: str = "text/plain; charset=utf-8"
    location: str | None = None


# Path, headers, and the body where it is a POST.
Answer = Callable[[str, Mapping[str, str], bytes | None], Reply]


class _Handler(BaseHTTPRequestHandler):
    answer: Answer

    def do_GET(self) -> None:
        self.send(None)

    def do_POST(self) -> None:
        self.send(self.rfile.read(int(self.headers["Content-Length"])))

    def send(self, body: bytes | None) -> None:
        reply = self.answer(self.path, dict(self.headers), body)
        try:
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.media_type)
            self.send_header("Content-Length", str(len(reply.body)))
            if reply.location:
                self.send_header("Location", reply.location)
            self.end_headers()
            self.wfile.write(reply.body)
        except OSError:
            pass  # whoever asked has gone: the point of being slow

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def listening(answer: Answer, tls: Path | None = None) -> Iterator[str]:
    """The address; over https where there is a certificate, which is one file with its key."""
    handler = type("Handler", (_Handler,), {"answer": staticmethod(answer)})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        server.block_on_close = False
        if tls is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(tls)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http{'' if tls is None else 's'}://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
