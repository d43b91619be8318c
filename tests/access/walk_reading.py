"""The walk through everything that is read: who is answered, and what stands in the answers."""

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

from ledger.actions import entries, explain, standing
from ledger.actions.bundle import bundle
from ledger.actions.prove import proof_of
from ledger.facts.problems import Refused
from tests.access.answers import Deviation, allowed, filled, marks_beyond
from tests.access.contents import CONTENTS, DISCLOSED, ENTRIES, FILTERS
from tests.access.doors import doors
from tests.access.house import EVERYBODY, House
from tests.access.scenery import CENTRES, OFFICES


def at_the_doors(house: House, only: str = "") -> Iterator[Deviation]:
    """Who is answered at all."""
    for door in doors(EVERYBODY):
        if not f"{door.method} {door.route}".endswith(only):
            continue
        path, what = filled(door.path, house), f"{door.method} {door.path}"
        for who, expected in door.expected.items():
            response = house.ask(who, door.method, path, {} if door.body else None, Accept_Language="en")
            if response.status_code != expected:
                yield Deviation("doors", who, what, expected, response.status_code)
            elif expected == 403 and (told := response.json or {})["code"] != "forbidden":
                yield Deviation("doors", who, what, "forbidden", told)
            elif who == "reader" and expected == 403 and "not open to the role reader" not in told["detail"]:
                # Who has no business here at all is told so before anybody looks at what was asked for.
                yield Deviation("doors", who, what, "the role", told["detail"])
            elif response.mimetype != "application/zip" and (beyond := marks_beyond(who, response)):
                yield Deviation("marks", who, what, [], beyond)
            response.close()


def without_the_answer(house: House, only: str = "") -> Iterator[Deviation]:
    """A HEAD tells nobody more than a GET: of the first request of each route."""
    first = {door.route: door for door in reversed(doors(EVERYBODY)) if door.method == "GET"}
    for door in first.values():
        for who in ("nobody", "recorder", "stranger", "narrowed", "reader"):
            response = house.ask(who, "HEAD", filled(door.path, house))
            if (response.status_code, response.data) != (door.expected[who], b""):
                yield Deviation("head", who, door.path, door.expected[who], response.status_code)
            response.close()


def in_lists(house: House, only: str = "") -> Iterator[Deviation]:
    """What the list of entries holds, under every filter, in one page and in many."""

    def listed(who: str, query: str) -> list[str]:
        return [house.names.get(one["index"], str(one)) for one in of_pages(house, who, f"/v1/entries?{query}")]

    for query in ("limit=1000", "limit=7", *(f"limit=1000&{one}" for one in FILTERS)):
        if only not in query:
            continue
        everything = sorted(house.at, key=house.at.__getitem__) if "&" not in query else listed("auditor", query)
        for who, patterns in ENTRIES.items():
            expected, found = [name for name in everything if allowed(name, patterns)], listed(who, query)
            if expected != found:
                yield Deviation("lists", who, query, expected, sorted(set(found) ^ set(expected)))


def of_pages(house: House, who: str, path: str) -> Iterator[Any]:
    cursor = ""
    while True:
        response = house.ask(who, "GET", path + cursor)
        told: Any = response.json
        yield from told.get("items", ())
        if beyond := marks_beyond(who, response):
            yield {"index": -1, "beyond": beyond}
        if not told.get("next"):
            return
        cursor = f"&cursor={told['next']}"


def one_by_one(house: House, only: str = "") -> Iterator[Deviation]:
    """Single entries, and everybody: all that offices said, and of what a centre said the first, a deal, and what was signed."""
    shown = [name for name in house.at if only in name and name.partition(":")[0] in OFFICES]
    shown += ["wh-later:party"] if only in "wh-later:party" else []
    shown += [f"{code}:{what}" for code in CENTRES for what in ("party", "licence", "attestation") if only in f"{code}:{what}"]
    for who, patterns in ENTRIES.items():
        for name, index in ((name, house.at[name]) for name in shown):
            expected = 200 if allowed(name, patterns) else 403
            given = house.ask(who, "GET", f"/v1/entries/{index}").status_code
            if given != expected:
                yield Deviation("entries", who, name, expected, given)


def in_answers(house: House, only: str = "") -> Iterator[Deviation]:
    for content in (one for one in CONTENTS if one.path.endswith(only)):
        path = filled(content.path, house)
        for who, expected in content.expected.items():
            response = house.ask(who, "GET", path)
            if response.status_code != 200:
                yield Deviation("contents", who, content.path, 200, response.status_code)
            elif (found := content.read(response, house.names)) != expected:
                yield Deviation("contents", who, content.path, expected, found)


def in_bundles(house: House, only: str = "") -> Iterator[Deviation]:
    response = house.ask("recorder", "GET", "/v1/exports/bundle?programme=hubei-2025&subject=wh-optics")
    with zipfile.ZipFile(io.BytesIO(response.data)) as file:
        lines = file.read("disclosures.jsonl").decode().splitlines()
    found = {house.names[json.loads(line)["index"]] for line in lines}
    if beyond := sorted(name for name in found if not allowed(name, DISCLOSED)):
        yield Deviation("bundles", "recorder", "disclosed beyond", [], beyond)
    if missing := sorted(name for name in house.at if name.startswith("wh-optics:") and name not in found):
        yield Deviation("bundles", "recorder", "not disclosed", [], missing)


def by_another_door(house: House, only: str = "") -> Iterator[Deviation]:
    """A reader who got past the doors of the web finds nothing, and the lists are empty."""
    actor, at, ledger = house.actor("reader"), house.at, house.ledger
    when: dict[str, Any] = {"on": None, "known_at": None, "level": "recorded"}
    page: dict[str, Any] = {"limit": 1000, "cursor": None}
    none: dict[str, Any] = dict.fromkeys(("centre", "kind", "patent", "party", "deal_no", "since", "until"))
    with ledger.read() as look:
        asked: dict[str, Callable[[], Any]] = {
            "entries": lambda: entries.page(look, actor, **none, **page).answer()["items"],
            "pools": lambda: standing.pools(look, actor, **page).answer()["items"],
            "entry": lambda: entries.one(look, actor, at["wh-optics:licence"]).answer(),
            "pool": lambda: standing.pool(look, actor, "Q-wh-optics", on=None).answer(),
            "deal": lambda: standing.deal(look, actor, "wh-optics", "L-1").answer(),
            "lines": lambda: explain.lines(look, actor, "hubei-2025", "wh-optics", target="times", **when, **page),
            "lines of a park": lambda: explain.lines(look, actor, "jiangsu-2024-park", "wh-park", target="smes", **when, **page),
            "changes": lambda: explain.changes(look, actor, "hubei-2025", "wh-optics", since=40, **when),
            "proof": lambda: proof_of(ledger, actor, at["wh-optics:licence"]),
            "bundle": lambda: bundle(ledger, actor, programme="hubei-2025", subject="wh-optics").close(),
        }
        for what, ask in asked.items():
            try:
                given = ask()
            except Refused as refused:
                given = refused.code
            if given != (expected := [] if what in ("entries", "pools") else "forbidden"):
                yield Deviation("actions", "reader", what, expected, "something" if given != [] else given)
