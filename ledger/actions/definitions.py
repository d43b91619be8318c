"""What is counted and what is asked, as the service has loaded it: resolved definitions under their digests.

They follow from files and not from the log, so these answers depend on no size of it.
"""

from collections.abc import Mapping
from typing import Any

from ledger.actions.ledger import Ask, Reading
from ledger.facts.problems import refuse
from ledger.kpi.language import Metric, Programme

NO_SIZE = 0


def metrics(reading: Reading) -> Ask:
    return _all("metrics", reading.ledger.catalogue.metrics)


def programmes(reading: Reading) -> Ask:
    return _all("programmes", reading.ledger.catalogue.programmes)


def programme(reading: Reading, programme_id: str) -> Ask:
    found = reading.ledger.catalogue.programmes.get(programme_id)
    if found is None:
        raise refuse("not-found", "programme", f"没有考核方案 {programme_id}", f"there is no programme {programme_id}")
    return Ask(NO_SIZE, ("programme", programme_id, found.digest), lambda: _told(found))


def _all(what: str, known: Mapping[str, Metric] | Mapping[str, Programme]) -> Ask:
    definitions = [known[name] for name in sorted(known)]
    key = (what, *(f"{one.id}={one.digest}" for one in definitions))
    return Ask(NO_SIZE, key, lambda: {"items": [_told(one) for one in definitions], "next": None})


def _told(definition: Metric | Programme) -> dict[str, Any]:
    return {"id": definition.id, "digest": definition.digest, **definition.resolved}
