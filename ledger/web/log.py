"""The public log over HTTP (C2SP tlog-tiles): the newest checkpoint, and the tiles and entry bundles that it speaks of.

- A path has one spelling. Any other, an escape or a slash too many included, is not found.
- Whatever is there never changes, and caches may keep it; what is not there may come, and no cache may keep that.
- It is open to all, browsers of other sites included, unless the settings ask for a token.

The paths are those of `ledger.proof.tiles`, the bytes come from `ledger.actions.tiles`, what is published from `publish`,
which keeps it back where it would be less than readers have seen.
"""

from typing import Final

from flask import Response
from werkzeug.exceptions import NotFound

from ledger.actions.publish import offered
from ledger.actions.tiles import resource
from ledger.proof.tiles import Tile
from ledger.web.auth import LOG, guard, log_is_open
from ledger.web.context import the_ledger
from ledger.web.openapi import Blueprint
from ledger.web.paths import came_plain

# A checkpoint is asked for again each time; a tile need not be for a week, which is how long we can be wrong about nothing.
FRESH: Final = "no-cache"
LASTING: Final = "max-age=604800, immutable"

blueprint = Blueprint("log", __name__, url_prefix="/log", description="The public log: anybody can check it (C2SP tlog-tiles)")


@blueprint.get("/checkpoint")
@guard(LOG)
@blueprint.tells({"type": "string"}, content_type="text/plain", missing=True)
def read_checkpoint() -> Response:
    """The newest published checkpoint: a signed note"""
    with the_ledger().read() as reading:
        found = offered(reading) if came_plain() else None
    if found is None:
        raise NotFound
    return _kept(Response(found.note, content_type="text/plain; charset=utf-8"), FRESH)


@blueprint.get("/tile/<tile:tile>")
@guard(LOG)
@blueprint.tells({"type": "string", "format": "binary"}, content_type="application/octet-stream", missing=True)
def read_tile(tile: Tile) -> Response:
    """A hash tile or entry bundle, full or partial"""
    with the_ledger().read() as reading:
        newest = offered(reading) if came_plain() else None
        data = resource(reading, tile, newest.size) if newest else None
    if data is None:
        raise NotFound
    return _kept(Response(data, content_type="application/octet-stream"), LASTING)


def _kept(response: Response, how: str) -> Response:
    if log_is_open():
        response.headers["Cache-Control"] = f"public, {how}" if how is LASTING else how
    else:
        response.headers["Cache-Control"] = f"private, {how}"
        response.vary.add("Authorization")
    return response


def _for_other_sites(response: Response) -> Response:
    # On refusals too: a verifier in a browser has to see the 404 that sends it from a partial tile to the full one.
    if log_is_open():
        response.headers["Access-Control-Allow-Origin"] = "*"
    return response


blueprint.after_request(_for_other_sites)
