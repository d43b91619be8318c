"""Chapter: who takes part. Centres, their programmes and baselines, and the parties as they were first recorded."""

from datetime import date

from examples.invented.cast import Hubei, Jiangsu, Party
from examples.invented.journal import Body, Journal, Role

BASELINE_SOURCE = "2023 年度统计年报(示例)"


def register_centres(journal: Journal, hubei: Hubei, jiangsu: Jiangsu) -> None:
    hb, js = journal.desk("hb-ipo", "authority"), journal.desk("js-ipo", "authority")
    hb.say(date(2024, 7, 2), "centre", {
        "code": "yc-laser", "name": "激光装备产业知识产权运营中心(示例)", "centre_kind": "centre", "region": "420500",
        "valid_from": "2023-01-01", "operator": hubei.laser_operator.party_id, "contact": "运营部",
    })  # fmt: skip
    hb.say(date(2024, 7, 3), "centre", {
        "code": "wh-photonics", "name": "光电子信息产业知识产权运营中心(示例)", "centre_kind": "centre", "region": "420100",
        "valid_from": "2023-06-01", "operator": hubei.operator.party_id, "contact": "综合部",
    })  # fmt: skip
    js.say(date(2024, 7, 2), "centre", {
        "code": "sz-display", "name": "新型显示产业知识产权运营中心(示例)", "centre_kind": "centre", "region": "320500",
        "valid_from": "2022-01-01", "operator": jiangsu.operator.party_id,
    })  # fmt: skip
    js.say(date(2024, 7, 2), "centre", {
        "code": "sz-park", "name": "浒关示例园区", "centre_kind": "park", "region": "320505-xuguan",
        "valid_from": "2022-01-01", "operator": jiangsu.park_operator.party_id,
    })  # fmt: skip


def begin_programmes(journal: Journal) -> None:
    hb, js = journal.desk("hb-ipo", "authority"), journal.desk("js-ipo", "authority")

    def started(programme: str, subject: str, on: date, start_on: date, months: int, **more: object) -> Body:
        return {"programme": programme, "subject": subject, "state": "started", "on": on.isoformat(),
                "start_on": start_on.isoformat(), "months": months, **more}  # fmt: skip

    for subject, industry in (("sz-display", "display"), ("sz-park", "display")):
        programme = "jiangsu-2024-centre" if subject == "sz-display" else "jiangsu-2024-park"
        body = {"programme": programme, "subject": subject, "state": "recognised", "on": "2024-07-01", "industry": industry}
        js.say(date(2024, 7, 3), "participation", body)
        on = date(2024, 7, 1)
        js.say(date(2024, 7, 3), "participation", started(programme, subject, on, on, 24, industry=industry))
    for programme, subject in (("hubei-2024-city", "420500"), ("hubei-2024-province", "420000")):
        body = {"programme": programme, "subject": subject, "state": "recognised", "on": "2024-07-01"}
        hb.say(date(2024, 7, 4), "participation", body)
        hb.say(date(2024, 7, 4), "participation", started(programme, subject, date(2024, 7, 1), date(2024, 1, 1), 12))
    for subject, industry in (("wh-photonics", "photonics"), ("yc-laser", "laser")):
        plan = {} if subject == "wh-photonics" else {"overrides": {"events": "6"}}  # its own plan promises more than four
        begun = date(2025, 8, 1)
        for state, on in (("applied", date(2025, 5, 12)), ("recommended", date(2025, 6, 16)), ("recognised", begun)):
            body = {"programme": "hubei-2025", "subject": subject, "state": state, "on": on.isoformat(), "industry": industry}
            hb.say(on, "participation", body)
        hb.say(begun, "participation", started("hubei-2025", subject, begun, begun, 24, industry=industry, **plan))


def declare_baselines(journal: Journal) -> None:
    """What the year before the ledger brought. The park declares its loans itself, so those wait for the office's word."""
    hb, js, park = journal.desk("hb-ipo", "authority"), journal.desk("js-ipo", "authority"), journal.desk("sz-park")

    def base(metric: str, subject: str, first: str, end: str, value: str) -> Body:
        return {"metric": metric, "subject": subject, "from": first, "to": end, "value": value, "source": BASELINE_SOURCE}

    hb.say(date(2024, 7, 5), "baseline", base("region_times", "420500", "2023-01-01", "2024-01-01", "40"))
    hb.say(date(2024, 7, 5), "baseline", base("region_pledge_amount", "420500", "2023-01-01", "2024-01-01", "1000.00"))
    js.say(date(2024, 7, 8), "baseline", base("park_patents", "sz-park", "2023-07-01", "2024-07-01", "48"))
    js.say(date(2024, 7, 8), "baseline", base("park_smes", "sz-park", "2023-07-01", "2024-07-01", "20"))
    for metric, value in (("region_pledge_amount", "4500.00"), ("region_pledge_loans", "10")):
        said = park.say(date(2024, 7, 10), "baseline", base(metric, "sz-park", "2023-07-01", "2024-07-01", value))
        attested = {"entry": said, "verdict": "attested"}
        journal.desk("sz-park", "signatory").say(date(2024, 7, 11), "attestation", attested, after=said)
        js.say(date(2024, 7, 16), "attestation", {"entry": said, "verdict": "verified"}, after=said)


def register_parties(journal: Journal, hubei: Hubei, jiangsu: Jiangsu) -> None:
    """Offices write the institutions and the large firms, centres the firms they serve. One firm is left out until later."""

    def enter(centre: str, role: Role, day: date, parties: list[Party]) -> None:
        for party in parties:
            journal.desk(centre, role).say(day, "party", party.body())

    enter("js-ipo", "authority", date(2024, 7, 4), [jiangsu.operator, jiangsu.park_operator, *jiangsu.academia, *jiangsu.banks])
    enter("js-ipo", "authority", date(2024, 7, 4), jiangsu.park_large)
    enter("sz-display", "recorder", date(2024, 7, 5), jiangsu.park_smes + jiangsu.city_smes)
    enter("hb-ipo", "authority", date(2024, 7, 4), [hubei.operator, hubei.laser_operator, *hubei.laser_academia, *hubei.academia])
    enter("hb-ipo", "authority", date(2024, 7, 4), [*hubei.banks, *hubei.agencies])
    enter("yc-laser", "recorder", date(2024, 7, 5), [*hubei.laser_smes, hubei.both_chains])
    enter("hb-ipo", "authority", date(2025, 7, 21), hubei.large)
    firms = [*hubei.chain_smes, hubei.growing, hubei.outgrowing, *hubei.off_chain, *hubei.unclassed, *hubei.individuals]
    enter("wh-photonics", "recorder", date(2025, 7, 28), firms)


def change_classes(journal: Journal, hubei: Hubei) -> None:
    """Two firms outgrow their class in mid-year, and one is recorded only after its contracts."""
    grown = hubei.growing.body("2026-03-01") | {"size": "medium"}
    journal.desk("wh-photonics").say(date(2026, 3, 11), "party", grown)
    outgrown = hubei.outgrowing.body("2026-04-01") | {"size": "large", "size_basis": "statistics"}
    journal.desk("hb-ipo", "authority").say(date(2026, 4, 14), "party", outgrown)
    journal.desk("wh-photonics").say(date(2026, 5, 20), "party", hubei.late.body("2024-01-01"))
