"""The resources of the public log: hash tiles and entry bundles (C2SP tlog-tiles), cut from what the store keeps.

- Nothing beyond the published size is told: what may still be signed otherwise is nobody's to rely on.
- A partial tile is the beginning of a full one, and stays to be had when the full one is there: whoever holds an old checkpoint
  finds all that it speaks of.
- Whatever a checkpoint speaks of can be read before the checkpoint itself: leaves and full tiles are committed with their entries.
"""

from collections.abc import Sequence

from ledger.actions.ledger import Reading
from ledger.proof.merkle import TILE_WIDTH, Damaged
from ledger.proof.tiles import Tile, entry_bundle
from ledger.store import log


def resource(reading: Reading, tile: Tile, published_size: int) -> bytes | None:
    """The bytes of a tile or bundle; None where a tree of `published_size` leaves has not all of it. Raises Damaged."""
    if not tile.exists_at(published_size):
        return None
    if tile.level is None:
        first = tile.n * TILE_WIDTH
        return entry_bundle(_all(tile, log.leaves_between(reading.connection, first, first + tile.width)))
    hashes = log.tiles(reading.connection, published_size, reading.ledger.tile_roots)
    return b"".join(_all(tile, hashes(tile.level, tile.n)[: tile.width]))


def _all(tile: Tile, parts: Sequence[bytes]) -> Sequence[bytes]:
    # What is handed out is kept by caches for a week, and by others for ever.
    if len(parts) != tile.width:
        raise Damaged(tile.path, f"{len(parts)} of its {tile.width} parts are there")
    return parts
