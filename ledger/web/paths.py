"""Identifiers in paths: each read as its schema reads it, so that a view is handed a right one or is never reached (404).

- Numbers of deals and pools may hold slashes, and so do some patents (`PCT/CN2021/123456`). A WSGI server hands over the path with
  its escapes resolved, in which `/v1/pools/a%2Fpatents` and `/v1/pools/a/patents` are the same. `ExactPaths` goes back to the
  request line and leaves `%2F` and `%25` as they are; the converters resolve them when the path has been cut at its real slashes.
- A slash that was not escaped is read as one all the same where nothing else is meant by it.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, Final
from urllib.parse import quote, unquote, unquote_to_bytes

import marshmallow
from flask import Flask, request
from werkzeug.routing import BaseConverter, ValidationError

from ledger.proof.tiles import Tile, parse_tile_path
from schemas.fields import Wire
from schemas.names import Code, PartyId, PatentId, Ref, TilePath
from schemas.queries import Number

_KEPT: Final = re.compile(r"%(25|2[fF])")


class ExactPaths:
    """WSGI: the path with escaped slashes still escaped."""

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        self.app = app

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        environ["PATH_INFO"] = _exact(environ)
        return self.app(environ, start_response)


def _exact(environ: Mapping[str, Any]) -> str:
    resolved: str = environ.get("PATH_INFO", "")
    prefix: str = environ.get("SCRIPT_NAME", "")
    raw = str(environ.get("RAW_URI") or environ.get("REQUEST_URI") or "").partition("?")[0].partition("#")[0]
    if not raw.startswith("/"):  # absolute-form: scheme and host come first
        raw = "/" + raw.partition("://")[2].partition("/")[2]
    # Where something before us has rewritten the path, its word counts.
    if _bytes(raw) == prefix + resolved:
        return _bytes(_KEPT.sub(r"%25\1", raw)).removeprefix(prefix)
    return resolved.replace("%", "%25")


def _bytes(path: str) -> str:
    """A path without escapes as WSGI writes it: bytes as the characters of Latin-1."""
    return unquote_to_bytes(path.encode("latin-1", "replace").decode("latin-1")).decode("latin-1")


def came_plain() -> bool:
    """Whether the request was written with just this path: no escape, no slash too many. Where no server tells, it was."""
    environ = request.environ
    raw = str(environ.get("RAW_URI") or environ.get("REQUEST_URI") or environ["PATH_INFO"]).partition("?")[0].partition("#")[0]
    # Before it may stand scheme and host, or a prefix that something before us has taken off.
    return raw.endswith(request.path) and not raw.removesuffix(request.path).endswith("/")


class Identifier(BaseConverter):
    """One segment, read by a field of the schemas."""

    field: ClassVar[Wire]

    def to_python(self, value: str) -> Any:
        try:
            return self.field.take(unquote(value, errors="strict"))
        except (marshmallow.ValidationError, UnicodeDecodeError):
            raise ValidationError from None

    def to_url(self, value: Any) -> str:
        return quote(str(value), safe="")


class CodeInPath(Identifier):
    field = Code()


class NameInPath(Identifier):
    """The id of a programme."""

    field = Ref()


class IndexInPath(Identifier):
    field = Number()
    regex = "[0-9]+"  # so that /v1/entries/batch is not taken for an entry that may be read


class Slashed(Identifier):
    """Like `werkzeug.routing.PathConverter`: may run over several segments."""

    part_isolating = False
    regex = "[^/].*?"
    weight = 200


class RefInPath(Slashed):
    field = Ref()


class TileInPath(Slashed):
    """A tile or bundle of the log. Its path has one spelling, and escapes are none of it."""

    field = TilePath()

    def to_python(self, value: str) -> Tile:
        if (tile := parse_tile_path(f"tile/{value}")) is None:
            raise ValidationError
        return tile

    def to_url(self, value: Tile) -> str:
        return value.path.removeprefix("tile/")


class PatentInPath(Slashed):
    field = PatentId()


class PartyInPath(Slashed):
    field = PartyId()


CONVERTERS: Final[Mapping[str, type[Identifier]]] = {
    "code": CodeInPath,
    "name": NameInPath,
    "index": IndexInPath,
    "ref": RefInPath,
    "patent": PatentInPath,
    "party": PartyInPath,
    "tile": TileInPath,
}


def register_paths(app: Flask) -> None:
    app.wsgi_app = ExactPaths(app.wsgi_app)  # type: ignore[method-assign]
    app.url_map.converters.update(CONVERTERS)
    app.url_map.merge_slashes = False  # two slashes may stand in a number
