"""Who sees what: own entries and what offices say of them, a region, or all; and what answers hold (DESIGN sections 6 and 7)."""

from typing import Any

import pytest

from schemas.answers import (
    DealAnswerSchema,
    EntryPageSchema,
    PartyAnswerSchema,
    PatentAnswerSchema,
    PoolAnswerSchema,
    PoolPageSchema,
    PoolPatentPageSchema,
    ReceiptSchema,
)
from schemas.figures import (
    ChangesSchema,
    LinePageSchema,
    MetricPageSchema,
    ProgrammeDefinitionSchema,
    ProgrammePageSchema,
    PublishedPageSchema,
    ScorecardPageSchema,
    ScorecardSchema,
    TotalsSchema,
)
from tests.actions import scene
from tests.actions.scene import FIRM, OPERATOR, UNIVERSITY, patent_id
from tests.web.service import Caller, Service, problem_of

SCORECARDS = "/v1/programmes/hubei-2025/scorecards"
ANSWERS = [
    ("/v1/entries?limit=1000", EntryPageSchema), ("/v1/entries/0", ReceiptSchema),
    (f"/v1/patents/{patent_id(1)}", PatentAnswerSchema),
    (f"/v1/parties/{FIRM}", PartyAnswerSchema), (f"/v1/parties/{FIRM}?on=2019-01-01", PartyAnswerSchema),
    ("/v1/pools", PoolPageSchema), ("/v1/pools/Q1", PoolAnswerSchema),
    ("/v1/pools/Q1/patents?on=2025-09-01", PoolPatentPageSchema),
    ("/v1/deals/c1/L-1", DealAnswerSchema), ("/v1/deals/c1/L-3", DealAnswerSchema),
    ("/v1/totals?metric=hei_sme_amount&centre=c1&group_by=month,kind", TotalsSchema), (SCORECARDS, ScorecardPageSchema),
    (f"{SCORECARDS}/c1?on=2026-01-31", ScorecardSchema), (f"{SCORECARDS}/c1/lines?target=times", LinePageSchema),
    (f"{SCORECARDS}/c1/changes?since=12", ChangesSchema), (f"{SCORECARDS}/c1/published", PublishedPageSchema),
    ("/v1/metrics", MetricPageSchema),
    ("/v1/programmes", ProgrammePageSchema), ("/v1/programmes/hubei-2025", ProgrammeDefinitionSchema),
]  # fmt: skip


def told(caller: Caller, path: str) -> Any:
    response = caller.get(path)
    assert response.status_code == 200, response.text
    return response.json


def listed(caller: Caller, query: str = "") -> list[int]:
    """All indices of a list, page by page."""
    found, cursor = [], ""
    while True:
        page = told(caller, f"/v1/entries?limit=7{query}{cursor}")
        found += [item["index"] for item in page["items"]]
        if page["next"] is None:
            return found
        assert len(page["items"]) == 7
        cursor = f"&cursor={page['next']}"


@pytest.mark.parametrize(("path", "schema"), ANSWERS, ids=[path for path, _ in ANSWERS])
def test_an_answer_is_what_its_schema_says(house: Service, path: str, schema: Any) -> None:
    schema().load(told(house.as_("auditor"), path))


# --- entries ---------------------------------------------------------------------------------------------------------


def test_an_auditor_lists_the_log_and_a_recorder_what_concerns_it(service: Service) -> None:
    everything = told(service.as_("auditor"), "/v1/entries?limit=1000")["items"]
    assert [item["index"] for item in everything] == list(range(service.size))
    for centre in ("c1", "c2"):
        own = [item["index"] for item in everything if item["centre"] == centre]
        of_it = [
            item["index"]
            for item in everything
            if item["centre"] == "hb-ipo"
            and (centre in (item["body"].get("code"), item["body"].get("subject")) or item["body"].get("entry") in own)
        ]
        assert of_it
        assert listed(service.as_("recorder", centre)) == listed(service.as_("signatory", centre)) == sorted(own + of_it)


@pytest.mark.parametrize("name", ["patents", "licence", "amendment", "reversal"])
def test_another_centres_entry_is_refused(house: Service, name: str) -> None:
    path = f"/v1/entries/{house.at[name]}"
    assert told(house.as_("recorder", "c1"), path)["index"] == house.at[name]
    assert problem_of(house.as_("recorder", "c2").get(path))["code"] == "forbidden"


def test_a_centre_reads_the_verdict_on_its_entry(house: Service) -> None:
    path = f"/v1/entries/{house.at['verdict']}"
    assert told(house.as_("signatory", "c1"), path)["body"]["verdict"] == "verified"
    assert house.as_("signatory", "c2").get(path).status_code == 403


def test_an_office_reads_its_region_and_its_own_stream(service: Service) -> None:
    city = service.as_("authority", None, "420500")  # where c2 is
    streams = {item["centre"] for item in told(city, "/v1/entries?limit=1000")["items"]}
    assert streams == {"hb-ipo", "c2"}
    assert city.get(f"/v1/entries/{service.at['licence']}").status_code == 403
    assert city.get("/v1/deals/c1/L-1").status_code == 403
    assert city.get("/v1/pools/Q1").status_code == 403
    assert told(city, "/v1/pools")["items"] == []
    assert told(service.as_("authority"), f"/v1/entries/{service.at['licence']}")["verdict"] == "verified"


def test_a_receipt_tells_what_became_of_the_entry(house: Service) -> None:
    auditor, at = house.as_("auditor"), house.at
    assert told(auditor, f"/v1/entries/{at['licence']}")["verdict"] == "verified"
    assert told(auditor, f"/v1/entries/{at['licence'] + 2}")["reversed_by"] == at["reversal"]
    receipt = told(auditor, f"/v1/entries/{at['claimed']}")
    assert (receipt["verdict"], receipt["reversed_by"], receipt["centre"], receipt["kind"]) == ("recorded", None, "c2", "licence")


def test_lists_are_narrowed_by_what_entries_speak_of(service: Service) -> None:
    auditor, at = service.as_("auditor"), service.at
    assert listed(auditor, "&centre=c2&kind=pledge") == [at["outcomes"] + 2]
    assert listed(auditor, f"&patent={patent_id(6)}") == [at["patents"] + 5, at["outcomes"] + 2]
    assert at["claimed"] in listed(auditor, f"&party={FIRM}")
    assert listed(auditor, "&deal_no=L-3") == [at["licence"] + 2, at["reversal"]]
    assert listed(auditor, "&deal_no=L-1") == [at["licence"], at["amendment"], at["amendment"] + 1, at["verdict"]]
    assert listed(auditor, "&since=3&until=12") == list(range(3, 12))
    assert listed(auditor, "&since=12&until=3") == []
    assert listed(auditor, "&since=999999") == []
    assert listed(service.as_("recorder", "c2"), "&centre=c1") == []
    assert listed(service.as_("recorder", "c2"), f"&patent={patent_id(6)}") == [at["outcomes"] + 2]


def test_an_entry_that_is_not_there_is_not_found(house: Service) -> None:
    for index in (house.size, 2**53 - 1):
        response = house.as_("auditor").get(f"/v1/entries/{index}")
        assert (problem_of(response)["code"], response.json["errors"][0]["path"]) == ("not-found", "index")  # type: ignore[index]


# --- patents and parties ---------------------------------------------------------------------------------------------


def test_a_patent_as_it_stands_on_a_day(service: Service) -> None:
    path = f"/v1/patents/{patent_id(2)}"
    auditor = service.as_("auditor")
    in_the_pool = told(auditor, f"{path}?on=2025-09-30")
    assert in_the_pool | {"history": None} == {
        "patent_id": patent_id(2), "on": "2025-09-30", "right": "invention", "title": "光模块 2", "filed_on": "2020-03-02",
        "granted_on": "2022-05-10", "term_end": "2040-03-02", "in_force": True, "holders": [], "pools": ["Q1"], "history": None,
    }  # fmt: skip
    assert [one["index"] for one in in_the_pool["history"]] == [service.at["patents"] + 1]
    assert told(auditor, f"{path}?on=2025-10-01")["pools"] == []
    assert not told(auditor, f"{path}?on=2022-05-09")["in_force"]
    assert not told(auditor, f"{path}?on=2040-03-02")["in_force"]


def test_a_patent_may_be_asked_for_in_any_spelling(house: Service) -> None:
    spelt = f"ZL%20{patent_id(1)[2:6]}%20{patent_id(1)[6]}%20{patent_id(1)[7:]}"
    assert told(house.as_("auditor"), f"/v1/patents/{spelt}")["patent_id"] == patent_id(1)


def test_all_centres_see_how_a_patent_stands_but_not_what_another_wrote(house: Service) -> None:
    path = f"/v1/patents/{patent_id(1)}"
    own, other = (told(house.as_("recorder", centre), path) for centre in ("c1", "c2"))
    assert own["history"][0]["body"]["title"] == other["title"] == "光模块 1"
    assert other["history"][0] == own["history"][0] | {"body": None, "evidence": []}
    assert told(house.as_("authority"), path)["history"] == own["history"] == told(house.as_("auditor"), path)["history"]


def test_a_partys_record_is_that_of_the_day(service: Service) -> None:
    later = {"party_id": FIRM, "name": "新名", "party_kind": "enterprise", "valid_from": "2026-01-01", "size": "large",
             "size_basis": "registry"}  # fmt: skip
    scene.say(service.ledger, "authority", "hb-ipo", ("party", later))
    auditor = service.as_("auditor")
    before, after, never = (told(auditor, f"/v1/parties/{FIRM}?on={day}") for day in ("2025-12-31", "2026-01-01", "2019-12-31"))
    assert (before["size"], before["valid_from"], before["chains"]) == ("small", "2020-01-01", ["photonics"])
    assert (after["size"], after["name"], after["chains"], after["region"]) == ("large", "新名", None, None)
    assert {never[name] for name in ("name", "party_kind", "valid_from", "size", "region")} == {None}
    assert len(before["history"]) == len(after["history"]) == len(never["history"]) == 2


@pytest.mark.parametrize("path", [f"/v1/patents/{patent_id(99)}", "/v1/patents/x", "/v1/parties/US:nobody", "/v1/parties/x"])
def test_what_nobody_registered_is_not_found(house: Service, path: str) -> None:
    assert problem_of(house.as_("recorder", "c1").get(path))["code"] == "not-found"


# --- pools and deals -------------------------------------------------------------------------------------------------


def test_a_pool_on_a_day(service: Service) -> None:
    scene.say(
        service.ledger, "recorder", "c1",
        ("patent_status", {"patent_id": patent_id(1), "code": "CF01", "effective_on": "2025-12-01"}),
        ("pool", {"pool_id": "Q1", "action": "close", "on": "2026-06-01"}),
    )  # fmt: skip
    recorder = service.as_("recorder", "c1")

    def counts(on: str) -> tuple[int, int]:
        pool = told(recorder, f"/v1/pools/Q1?on={on}")
        items = told(recorder, f"/v1/pools/Q1/patents?on={on}")["items"]
        in_force = told(recorder, f"/v1/pools/Q1/patents?on={on}&in_force=true")["items"]
        lapsed = told(recorder, f"/v1/pools/Q1/patents?on={on}&in_force=false")["items"]
        assert (len(items), len(in_force)) == (pool["patents"], pool["in_force"])
        assert sorted(one["patent_id"] for one in in_force + lapsed) == sorted(one["patent_id"] for one in items)
        return pool["patents"], pool["in_force"]

    assert [counts(on) for on in ("2025-08-20", "2025-08-21", "2025-10-01", "2025-12-01", "2026-05-31", "2026-06-01")] == [
        (0, 0), (2, 2), (1, 1), (1, 0), (1, 0), (0, 0)
    ]  # fmt: skip
    pool = told(recorder, "/v1/pools/Q1?on=2025-09-01")
    assert pool | {"patents": 0, "in_force": 0} == {
        "pool_id": "Q1", "centre": "c1", "name": "光通信专利池", "industry": "photonics", "operator": OPERATOR,
        "opened_on": "2025-08-20", "closed_on": "2026-06-01", "on": "2025-09-01", "patents": 0, "in_force": 0,
    }  # fmt: skip
    first = told(recorder, "/v1/pools/Q1/patents?on=2025-09-01&limit=1")
    assert first["items"] == [
        {"patent_id": patent_id(1), "title": "光模块 1", "admitted_on": "2025-08-21", "mode": None, "in_force": True,
         "granted_on": "2022-05-10", "term_end": "2040-03-02"}
    ]  # fmt: skip
    rest = told(recorder, f"/v1/pools/Q1/patents?on=2025-09-01&limit=1&cursor={first['next']}")
    assert ([one["patent_id"] for one in rest["items"]], rest["next"]) == ([patent_id(2)], None)


def test_a_patent_that_comes_back_is_in_the_pool_once(service: Service) -> None:
    scene.say(
        service.ledger, "recorder", "c1",
        ("admission", {"pool_id": "Q1", "patents": [patent_id(2)], "on": "2025-11-01", "mode": "own"}),
        ("admission", {"pool_id": "Q1", "patents": [patent_id(1)], "on": "2025-08-20", "mode": "custody"}),
    )  # fmt: skip
    recorder = service.as_("recorder", "c1")
    items = told(recorder, "/v1/pools/Q1/patents?on=2025-12-01")["items"]
    assert sorted((one["patent_id"], one["admitted_on"], one["mode"]) for one in items) == [
        (patent_id(1), "2025-08-21", None), (patent_id(2), "2025-11-01", "own"),
    ]  # fmt: skip
    assert told(recorder, "/v1/pools/Q1?on=2025-12-01")["patents"] == 2


def test_pools_are_listed_to_whom_they_belong(service: Service) -> None:
    opened = {"name": "池", "industry": "laser", "operator": OPERATOR, "action": "open", "on": "2025-01-01"}
    scene.say(service.ledger, "recorder", "c2", *(("pool", {"pool_id": f"P{n}", **opened}) for n in range(3)))
    pages = [told(service.as_("auditor"), "/v1/pools?limit=3")]
    pages.append(told(service.as_("auditor"), f"/v1/pools?limit=3&cursor={pages[0]['next']}"))
    assert [[pool["pool_id"] for pool in page["items"]] for page in pages] == [["Q1", "P0", "P1"], ["P2"]]
    assert pages[1]["next"] is None
    assert [pool["pool_id"] for pool in told(service.as_("recorder", "c1"), "/v1/pools")["items"]] == ["Q1"]
    assert problem_of(service.as_("recorder", "c1").get("/v1/pools/P0/patents"))["code"] == "forbidden"
    assert problem_of(service.as_("auditor").get("/v1/pools/P9"))["code"] == "not-found"


def test_a_deal_with_its_lines_and_all_that_followed(house: Service) -> None:
    deal = told(house.as_("recorder", "c1"), "/v1/deals/c1/L-1")
    assert (deal["index"], deal["centre"], deal["deal_no"], deal["kind"]) == (house.at["licence"], "c1", "L-1", "licence")
    assert [line["amount"] for line in deal["lines"]] == ["100000.00"] * 3
    assert deal["lines"][0] == {
        "line": 1, "patent_id": patent_id(1), "amount": "100000.00", "registered_on": "2025-09-10", "registration_no": "R-1",
        "announced_on": None, "standing": "verified",
    }  # fmt: skip
    assert [one["kind"] for one in deal["history"]] == ["licence", "amendment", "payment", "attestation"]
    later = told(house.as_("recorder", "c1"), "/v1/deals/c1/L-2")["lines"][0]
    assert (later["amount"], later["registered_on"], later["registration_no"]) == (None, "2025-10-10", "R-2")
    assert problem_of(house.as_("recorder", "c2").get("/v1/deals/c1/L-1"))["code"] == "forbidden"
    assert problem_of(house.as_("recorder", "c1").get("/v1/deals/c1/L-9"))["code"] == "not-found"
    assert problem_of(house.as_("auditor").get("/v1/deals/c9/L-1"))["code"] == "not-found"


def test_a_line_that_another_centre_claimed_first_is_contested(service: Service) -> None:
    again = scene.licence("X-9", [1], registered_on="2025-09-10", registration_no="R-1")
    scene.say(service.ledger, "recorder", "c2", again)
    assert told(service.as_("recorder", "c2"), "/v1/deals/c2/X-9")["lines"][0]["standing"] == "contested"
    assert told(service.as_("recorder", "c1"), "/v1/deals/c1/L-1")["lines"][0]["standing"] == "verified"


def test_a_number_used_again_is_the_live_deal_and_a_reversed_one_is_shown_until_then(service: Service) -> None:
    recorder = service.as_("recorder", "c1")
    reversed_one = told(recorder, "/v1/deals/c1/L-3")
    assert reversed_one["index"] == service.at["licence"] + 2
    assert reversed_one["history"][0]["reversed_by"] == service.at["reversal"]
    again = scene.say(service.ledger, "recorder", "c1", scene.licence("L-3", [6], amount="1.00"))
    live = told(recorder, "/v1/deals/c1/L-3")
    assert (live["index"], live["lines"][0]["patent_id"], live["lines"][0]["amount"]) == (again, patent_id(6), "1.00")


# --- figures ---------------------------------------------------------------------------------------------------------


def test_a_recorder_sees_its_own_figures_only(house: Service) -> None:
    recorder = house.as_("recorder", "c1")
    assert told(recorder, f"{SCORECARDS}/c1")["subject"] == "c1"
    assert [row["subject"] for row in told(recorder, SCORECARDS)["items"]] == ["c1"]
    for below in ("", "/lines?target=times", "/changes?since=1", "/published"):
        assert problem_of(recorder.get(f"{SCORECARDS}/c2{below}"))["code"] == "forbidden"
    for query in ("", "&centre=c2", "&region=420000"):
        assert problem_of(recorder.get(f"/v1/totals?metric=hei_sme_times{query}"))["code"] == "forbidden"


def test_a_reader_sees_figures_and_no_price(house: Service) -> None:
    reader = house.as_("reader")
    row = next(row for row in told(reader, f"{SCORECARDS}/c1?on=2026-01-31")["targets"] if row["id"] == "amount")
    assert (row["value"], row["suppressed"]) == (None, True)
    assert reader.get("/v1/deals/c1/L-1").status_code == 403
    assert reader.get(f"{SCORECARDS}/c1/lines?target=times").status_code == 403


@pytest.mark.parametrize(
    "path",
    [f"{SCORECARDS}/c9", f"{SCORECARDS}/420000", "/v1/programmes/none/scorecards", "/v1/programmes/none",
     f"{SCORECARDS}/c9/published", "/v1/programmes/none/scorecards/c1/published"],
)  # fmt: skip
def test_a_programme_or_participant_that_is_not_there(house: Service, path: str) -> None:
    assert problem_of(house.as_("auditor").get(path))["code"] == "not-found"


def test_definitions_come_with_their_digests(house: Service) -> None:
    catalogue = house.ledger.catalogue
    metrics = {one["id"]: one["digest"] for one in told(house.nobody, "/v1/metrics")["items"]}
    assert metrics == {id_: metric.digest for id_, metric in catalogue.metrics.items()}
    programmes = {one["id"]: one for one in told(house.nobody, "/v1/programmes")["items"]}
    assert programmes.keys() == catalogue.programmes.keys()
    assert told(house.nobody, "/v1/programmes/hubei-2025") == programmes["hubei-2025"]


def test_parties_are_found_under_the_ids_of_the_scene(house: Service) -> None:
    assert told(house.as_("signatory", "c2"), f"/v1/parties/{UNIVERSITY}")["party_kind"] == "university"
