"""S: seeing what belongs to somebody else. Whatever comes back, `Foe` has looked it over for the marks of others."""

import json
from urllib.parse import quote

from tests.actions.scene import FIRM, licence, patent_id
from tests.attacks.stage import STREAM, Answers, Attack, Book, Foe, Stage, mark

attack = Book("S")

PROGRAMME = "/v1/programmes/hubei-2025/scorecards"
BUNDLE = "/v1/exports/bundle?programme=hubei-2025&subject="
OF_A_CENTRE = (
    "/v1/deals/{}/S-1", "/v1/deals/{}/nothing", "/v1/pools/pool%20of%20{}", "/v1/pools/pool%20of%20{}/patents",
    PROGRAMME + "/{}/lines?target=times", PROGRAMME + "/{}/changes?since=0", PROGRAMME + "/{}/changes?since=40", BUNDLE + "{}",
)  # fmt: skip
FIGURES = (PROGRAMME + "/{}", "/v1/totals?metric=hei_sme_amount&centre={}", PROGRAMME + "/{}/published")
LISTS = ("/v1/entries?limit=1000", "/v1/pools?limit=1000", "/v1/entries?kind=licence", "/v1/entries?kind=reversal")


def neighbours(stage: Stage) -> list[Foe]:
    """Those of c1, who may not read c2; and an office that is kept to the region of c1."""
    return [stage.foe("recorder", "c1"), stage.foe("signatory", "c1"), stage.foe("authority", "hb-ipo", "420100")]


@attack("every entry of another centre, by its index", by="its neighbours; an office of another region; a reader",
        answers="403 forbidden")  # fmt: skip
def entries(stage: Stage) -> Answers:
    for foe in (*neighbours(stage), stage.foe("reader")):
        for index in stage.of["c2"]:
            yield foe.get(f"/v1/entries/{index}")
            yield _headed(foe, f"/v1/entries/{index}")


@attack("the proof of every entry of another centre", by="its neighbours; an office of another region; a reader",
        answers="403 forbidden")  # fmt: skip
def proofs(stage: Stage) -> Answers:
    for foe in (*neighbours(stage), stage.foe("reader")):
        for index in stage.of["c2"]:
            yield foe.get(f"/v1/entries/{index}/proof")


@attack("a verdict of the office on another centre's entry", by="its neighbours", answers="403 forbidden")
def verdicts(stage: Stage) -> Answers:
    for foe in neighbours(stage)[:2]:
        yield foe.get(f"/v1/entries/{stage.of['c2'][-2] - 1}")


@attack("another centre's deal, pool, the patents in it, the lines behind its figures, why they moved, its bundle",
        by="its neighbours; an office of another region", answers="403 forbidden")  # fmt: skip
def behind_figures(stage: Stage) -> Answers:
    for foe in neighbours(stage):
        for path in OF_A_CENTRE:
            yield foe.get(path.format("c2"))


@attack("another centre's scorecard, totals and published figures", by="its neighbours", answers="403 forbidden")
def figures(stage: Stage) -> Answers:
    for foe in neighbours(stage)[:2]:
        for path in FIGURES:
            yield foe.get(path.format("c2"))
        for path in ("/v1/totals?metric=hei_sme_amount", "/v1/totals?metric=hei_sme_amount&group_by=centre",
                     "/v1/totals?metric=hei_sme_amount&region=420500",
                     "/v1/totals?metric=hei_sme_amount&centre=c2&group_by=month"):  # fmt: skip
            yield foe.get(path)


@attack("what a deal, pool or entry that is there answers, against one that is not", by="its neighbours",
        answers="403 forbidden, the same to the letter")  # fmt: skip
def oracles(stage: Stage) -> Answers:
    for foe in neighbours(stage):
        for path in ("/v1/deals/c2/{}",):
            told = set()
            for name in ("S-1", "X-1", "nothing", "S-2"):
                assert foe.get(path.format(name)) == "403 forbidden"
                answer = foe.last.get_json()
                told.add(json.dumps({key: answer[key] for key in answer if key not in ("instance", "request_id")}))
            yield f"403 forbidden, {'the same to the letter' if len(told) == 1 else 'but told apart'}"


@attack("lists of everything, and filtered by what only another centre has said", by="its neighbours; an office of another region",
        answers="200 · 422 invalid")  # fmt: skip
def lists(stage: Stage) -> Answers:
    number = patent_id(STREAM["c2"])
    for foe in neighbours(stage):
        for path in (*LISTS, "/v1/entries?centre=c2", "/v1/entries?deal_no=S-1", f"/v1/entries?patent={number}",
                     f"/v1/entries?party={FIRM}", f"/v1/entries?centre=c2&patent={number}",
                     "/v1/entries?centre=c1,c2"):  # fmt: skip
            yield foe.get(path)


@attack("cursors, sizes and days set to where another centre's entries stand, one by one", by="its neighbours",
        answers="200 · 403 forbidden · 422 invalid · 422 unknown-size")  # fmt: skip
def probing(stage: Stage) -> Answers:
    foe = stage.foe("recorder", "c1")
    for index in stage.of["c2"]:
        yield foe.get(f"/v1/entries?cursor={index}&limit=1")
        yield foe.get(f"/v1/entries?since={index}&until={index + 1}")
        yield foe.get(f"/v1/pools?cursor={index - 1}&limit=1")
        yield foe.get(f"/v1/pools/pool%20of%20c1/patents?cursor={index}.0")
        yield foe.get(f"{PROGRAMME}/c1/lines?target=times&cursor={index}&limit=1")
        yield foe.get(f"{PROGRAMME}/c1/changes?since={index}&known_at={index + 1}")
        yield foe.get(f"{PROGRAMME}/c2?known_at={index}")
    yield foe.get(f"{PROGRAMME}/c1?known_at=999999")


@attack("another centre's words in the history of a patent or party that all may read", by="its neighbours",
        answers="200")  # fmt: skip
def histories(stage: Stage) -> Answers:
    for foe in neighbours(stage)[:2]:
        for patent in (1, 5, STREAM["c2"]):
            yield foe.get(f"/v1/patents/{patent_id(patent)}?on=2026-02-01")
        yield foe.get(f"/v1/parties/{FIRM}")


@attack("entries, pools, deals, lines, patents, parties, exports", by="a reader", answers="403 forbidden")
def as_reader(stage: Stage) -> Answers:
    foe = stage.foe("reader")
    for path in (*LISTS, *(path.format("c2") for path in OF_A_CENTRE), f"/v1/patents/{patent_id(1)}", f"/v1/parties/{FIRM}",
                 "/metrics"):
        yield foe.get(path)


@attack("the price of a contract, by asking for the total of a group of one", by="a reader", answers="withheld")
def small_groups(stage: Stage) -> Answers:
    foe = stage.foe("reader")
    for query in ("centre=c2", "centre=c2&group_by=month", "centre=c2&group_by=quarter,month",
                  "centre=c2&from=2026-01-10&to=2026-01-11",
                  "centre=c2&group_by=kind", "centre=c2&on=2026-01-10"):  # fmt: skip
        assert foe.get(f"/v1/totals?metric=hei_sme_amount&{query}") == "200"
        yield "told" if "765.4321" in foe.last.text else "withheld"
    assert foe.get(f"{PROGRAMME}/c2?on=2026-02-01") == "200"
    yield "told" if "765.4321" in foe.last.text else "withheld"


@attack("the ETag of another caller's answer, to be told whether it is still so", by="its neighbours", answers="403 forbidden")
def borrowed_tags(stage: Stage) -> Answers:
    auditor = stage.foe("auditor")
    owner = stage.foe("recorder", "c2")
    foe = stage.foe("recorder", "c1")
    for path in (*OF_A_CENTRE[:-1], PROGRAMME + "/{}", f"/v1/entries/{stage.of['c2'][3]}",
                 f"/v1/entries/{stage.of['c2'][3]}/proof"):
        for other in (auditor, owner):
            other.get(path.format("c2"))
            yield foe.get(path.format("c2"), If_None_Match=other.last.headers.get("ETag", "*"))
        yield foe.get(path.format("c2"), If_None_Match="*")


@attack("answers that a cache on the way would hand to the next caller", by="a shared cache", answers="for the caller only")
def caches(stage: Stage) -> Answers:
    for foe in (stage.foe("recorder", "c1"), stage.foe("auditor"), stage.foe("reader")):
        for path in (*LISTS, *(path.format("c1") for path in (*OF_A_CENTRE, *FIGURES)), f"/v1/patents/{patent_id(1)}", "/session",
                     "/nope"):
            foe.get(path)
            headers = foe.last.headers
            varies = {name.lower() for name in foe.last.vary} >= {"authorization"}
            kept = any(word in headers.get("Cache-Control", "") for word in ("private", "no-store"))
            yield "for the caller only" if kept and varies else f"for anybody: {path}"


@attack("what was said, out of the public log: checkpoint, every tile, every entry bundle", by="anybody",
        answers="200 · 404 not-found")
def open_log(stage: Stage) -> Answers:
    foe = stage.nobody
    # The proof has the log published as far as it goes; the bundle of entries is then as wide as the log is long.
    index = stage.of["c2"][-1]
    assert stage.foe("auditor").get(f"/v1/entries/{index}/proof") == "200"
    for path in ("checkpoint", "tile/0/000", "tile/entries/000", *(f"tile/{kind}/000.p/{width}" for kind in ("0", "entries")
                                                                   for width in range(index, index + 3))):  # fmt: skip
        yield foe.get(f"/log/{path}")


@attack("a rehearsal (`dry_run`) that rubs against another centre's deals, pools and claims", by="its neighbours",
        answers="200 · 409 pool-exists · 422 unknown-deal · 403 forbidden")  # fmt: skip
def rehearsed(stage: Stage) -> Answers:
    foe = stage.foe("recorder", "c1")
    taken = {"pool_id": "pool of c2", "name": "a", "industry": "laser", "operator": FIRM, "action": "open", "on": "2026-01-01"}
    followers = {"pool_id": "pool of c2", "patents": [patent_id(STREAM["c2"])], "on": "2026-02-01"}
    said = [
        licence("R-1", [STREAM["c2"]], registered_on="2026-01-10"),
        licence("R-2", [1], registered_on="2026-01-11", registration_no="R-3"),
        ("pool", taken), ("admission", followers), ("withdrawal", followers),
        ("amendment", {"deal_no": "X-1", "on": "2026-02-01", "amount_change": "1.00", "reason": "agreed"}),
        ("reversal", {"entry": stage.of["c2"][6], "reason": "void"}),
    ]  # fmt: skip
    for kind, body in said:
        yield foe.post("/v1/entries?dry_run=true", {"kind": kind, "centre": "c1", "body": body})


@attack("the unguessable names of another centre's deals and pools, had they leaked", by="its neighbours", answers="403 forbidden")
def leaked_names(stage: Stage) -> Answers:
    for foe in neighbours(stage):
        foe.blind_to = ()  # the name comes back in `instance`, as it was sent
        for path in (f"/v1/deals/c2/{quote(mark('c2') + '/L', safe='')}", f"/v1/pools/{quote(mark('c2') + '/pool', safe='')}"):
            yield foe.get(path)


def _headed(foe: Foe, path: str) -> str:
    """A HEAD has the status of the GET before it, and says nothing more."""
    response = foe.caller.ask("HEAD", path)
    return foe.told(foe.last) if (response.status_code, response.data) == (foe.last.status_code, b"") else f"HEAD {response.status}"


SIGHT: list[Attack] = attack.attacks
