"""Long answers: a bundle while it is being written, so that no reader of one keeps others from being answered.

- A worker sends a few at a time, and keeps threads free for everything else: one more is asked to come again.
- Whoever reads too slowly is left, as `connections` says: a bundle on its way holds a thread and a look at the database.
- One that cannot be finished is broken off, never ended like a whole one.
"""

from collections.abc import Iterable, Iterator
from threading import BoundedSemaphore
from typing import Final
from weakref import finalize

from flask import Response, request

from ledger.actions.bundle import CONTENT_TYPE, Bundle
from ledger.facts.problems import refuse
from ledger.web.caching import is_held, not_modified, tag_of, tagged

AT_ONCE: Final = 2  # half of the threads that a worker has (gunicorn.conf.py)

_PLACES: Final = BoundedSemaphore(AT_ONCE)


class _Sending:
    """A bundle on its way, with its place among those that are sent; both are given back once, whatever ends it first."""

    def __init__(self, bundle: Bundle) -> None:
        self._bundle = bundle
        # Whoever is handed an answer may neither read nor close it: then it ends with the answer itself.
        self.end: Final = finalize(self, _ended, bundle)

    def __iter__(self) -> Iterator[bytes]:
        yield from self._bundle.chunks()
        self.end()


def _ended(bundle: Bundle) -> None:
    bundle.close()
    _PLACES.release()


def streamed(bundle: Bundle) -> Response:
    """A bundle, or 304 where the caller holds it. Raises Refused (503) where as many are being sent as may be."""
    tag = tag_of(bundle)
    if is_held(tag) or request.method == "HEAD":
        bundle.close()
        return tagged(not_modified() if is_held(tag) else _file(bundle, ()), tag, bundle.reading.size)
    if not _PLACES.acquire(blocking=False):
        bundle.close()
        raise refuse("unavailable", "", "正在导出的数据包过多,请稍后再试", "many bundles are being sent: try again in a moment")
    sending = _Sending(bundle)
    response = _file(bundle, sending)
    response.call_on_close(sending.end)
    return tagged(response, tag, bundle.reading.size)


def _file(bundle: Bundle, pieces: Iterable[bytes]) -> Response:
    response = Response(pieces, content_type=CONTENT_TYPE)
    response.headers["Content-Disposition"] = f'attachment; filename="{bundle.name}"'
    return response
