"""What the service adds to an acceptance: the log size, the digest of the figures that are bound, and of their programme."""

import hashlib
from dataclasses import replace

import rfc8785
from sqlalchemy import Connection

from ledger.actions.ledger import Ledger, Reading
from ledger.actions.score import scorecard_of
from ledger.facts.kinds.rulings import Closing
from ledger.facts.problems import refuse
from ledger.store import definitions


def filled(ledger: Ledger, connection: Connection, closing: Closing, *, size: int) -> Closing:
    """An acceptance as it goes into the log. Raises Refused (figures-moved) if the client saw other figures."""
    programme = ledger.catalogue.programmes[closing.programme]
    reading = Reading(connection, ledger)
    card = scorecard_of(reading, programme, closing.subject, on=closing.through, size=size, level="recorded")
    digest = hashlib.sha256(rfc8785.dumps(card)).hexdigest()
    if closing.scorecard_digest not in (None, digest):
        raise refuse(
            "figures-moved",
            "body.scorecard_digest",
            "统计结果已变动,与所见不符",
            f"the figures have moved since: their digest is {digest}",
        )
    definitions.keep(connection, programme.digest, programme.resolved)
    return replace(closing, size=size, scorecard_digest=digest, programme_digest=programme.digest)
