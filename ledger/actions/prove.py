"""The proof of one entry: its place in the tree of a published checkpoint, and what opens its leaf (C2SP tlog-proof).

- The checkpoint is the smallest published one that covers the entry, so that the answer to a request stays what it was.
- If none covers the entry yet, one is published first: whoever records gets the proof at once, and can hold the log to it.
- Beside the proof stands what opens the leaf. With it the file is enough, and only for those who may read the entry.
"""

import rfc8785

from ledger.actions.entries import seen
from ledger.actions.ledger import Ledger, Reading
from ledger.actions.publish import Published, covering, ensure_covering
from ledger.facts.actors import Actor
from ledger.proof import leaves
from ledger.proof.entryproofs import EntryProof
from ledger.proof.merkle import Damaged, inclusion, leaf_hash, verify_inclusion
from ledger.store import log
from ledger.store.database import reading


def proof_of(ledger: Ledger, actor: Actor, index: int) -> EntryProof:
    """Raises Refused: `not-found`, `forbidden`, or `unavailable` while nothing can be published; Damaged for a log that is."""
    with ledger.read() as look:
        seen(look, actor, index)
        if found := covering(look, index + 1):
            return _proof(look, index, found)
    ensure_covering(ledger, index + 1)
    # Where it was published, for a database that only follows may not have it yet.
    with reading(ledger.engine) as connection:
        look = Reading(connection, ledger)
        found = covering(look, index + 1)
        assert found is not None, "what was published stays published"
        return _proof(look, index, found)


def _proof(look: Reading, index: int, published: Published) -> EntryProof:
    kept = log.committed(look.connection, index)
    assert kept is not None, "an entry that was seen stays"
    leaf, disclosure = kept
    path = inclusion(log.tiles(look.connection, published.size, look.ledger.tile_roots), index, published.size)
    # A proof is what others hold us to: it leaves only if it would convince them.
    if leaves.parse_leaf(leaf).digest != leaves.digest(disclosure):
        raise Damaged(f"entry {index}", "its disclosure does not open its leaf")
    if not verify_inclusion(index, published.size, leaf_hash(leaf), path, published.root):
        raise Damaged(f"entry {index}", f"does not stand in the tree of the published checkpoint of size {published.size}")
    opening = rfc8785.dumps({"disclosure": disclosure, "leaf": leaf.decode()})
    return EntryProof(index, tuple(path), published.note, opening)
