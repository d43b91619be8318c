"""Chapter: what the centres produce. Product filings above all, navigation reports, catalogues, recognitions, income."""

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random

from examples.invented.cast import Hubei, Jiangsu, Party
from examples.invented.contracts import contract_scan
from examples.invented.days import LAST_DAY, iso, later, spread, working_day, written_down
from examples.invented.journal import Body, Desk, Journal
from examples.invented.numbers import WAN, yuan
from examples.invented.patents import Patent, Shelf

PRODUCTS = ("光模块", "光纤跳线", "激光测距仪", "光纤传感器", "红外探头", "光开关", "准直镜组", "光谱仪", "光放大器", "耦合台")
FILED, APPROVED, STILL_DRAFT = 132, 116, 9  # products of the photonics centre


def state(desk: Desk, dice: Random, body: Body, on: date, status: str, patents: Sequence[Patent] = (), soonest: int = 1) -> None:
    """One stage of an output: drafts and filings are written down soon, what others decide a little later."""
    evidence = (contract_scan("output", f"{body['ref_no']}-{status}"),) if status in ("approved", "published", "issued") else ()
    said = {**body, "on": iso(on), "status": status}
    desk.say(written_down(dice, on, soonest, soonest + 12), "output", said, patents=patents, evidence=evidence)


def file_products(journal: Journal, hubei: Hubei, of_firms: Shelf) -> None:
    """Each product is filed, some were drafts before, most are approved by now, one approval is taken away."""
    desk, dice = journal.desk("wh-photonics"), journal.dice("product filings")
    firms = {party.party_id: party for party in hubei.chain_smes}
    piles = [pile for pile in of_firms.by_owner.values() if pile]
    days = spread(dice, date(2025, 9, 1), date(2026, 10, 16), FILED)
    for number, filed_on in enumerate(days, start=1):
        pile = piles[number % len(piles)]
        body = product(firms[pile[0].owners[0]], f"ZLCP-42-{number:04}", number, pile[:2])
        if number % 3 == 0:
            state(desk, dice, body, working_day(filed_on - timedelta(days=15)), "draft", pile[:2])
        state(desk, dice, body, filed_on, "filed", pile[:2])
        approved_on = later(dice, filed_on, 14, 40)
        if number <= APPROVED and approved_on <= LAST_DAY:
            state(desk, dice, body, approved_on, "approved", pile[:2])
        if number == 40:
            state(desk, dice, body, date(2026, 8, 18), "revoked", pile[:2])
    for number, day in enumerate(spread(dice, date(2026, 9, 14), date(2026, 11, 10), STILL_DRAFT), start=FILED + 1):
        pile = piles[number % len(piles)]
        state(desk, dice, product(firms[pile[0].owners[0]], f"ZLCP-42-{number:04}", number, pile[:2]), day, "draft", pile[:2])


def product(firm: Party, ref_no: str, number: int, patents: Sequence[Patent]) -> Body:
    return {
        "output_type": "product_filing",
        "ref_no": ref_no,
        "title": f"{firm.name[2:4]} {PRODUCTS[number % len(PRODUCTS)]} {chr(65 + number % 26)}{100 + number}",
        "party_id": firm.party_id,
        "patents": [patent.patent_id for patent in patents],
    }


def photonics_outputs(journal: Journal, hubei: Hubei, of_firms: Shelf) -> None:
    desk, dice = journal.desk("wh-photonics"), journal.dice("photonics outputs")
    report: Body = {"output_type": "navigation_report", "ref_no": "DH-2026-01", "title": "光电子信息产业专利导航分析报告"}
    state(desk, dice, report, date(2025, 12, 18), "draft")
    state(desk, dice, report, date(2026, 4, 15), "published")
    second: Body = {"output_type": "navigation_report", "ref_no": "DH-2026-02", "title": "硅基光子芯片专利导航分析报告"}
    state(desk, dice, second, date(2026, 10, 15), "draft")
    catalogue = {"output_type": "catalogue", "ref_no": "ML-2025", "title": "光电子专利供需目录"}
    state(desk, dice, catalogue, date(2025, 11, 25), "published")
    alliance = {"output_type": "alliance", "ref_no": "LM-01", "title": "光电子产业知识产权联盟"}
    state(desk, dice, alliance, date(2025, 10, 28), "issued")
    recognised_on = spread(dice, date(2026, 2, 2), date(2026, 10, 30), 5)
    for number, (firm, day) in enumerate(zip(hubei.chain_smes, recognised_on, strict=False), start=1):
        title = f"{firm.name[2:4]} 专利密集型产品"
        body: Body = {"output_type": "product_recognition", "ref_no": f"ZLMJ-{number:03}", "title": title}
        state(desk, dice, {**body, "party_id": firm.party_id}, day, "approved")
    for number, (day, value) in enumerate(((date(2026, 1, 28), 860), (date(2026, 6, 30), 1240), (date(2026, 9, 29), 655)), start=1):
        body = {"output_type": "industrialisation_project", "ref_no": f"CYH-{number:02}", "title": f"专利产业化项目 {number}"}
        state(desk, dice, {**body, "value_amount": yuan(value * WAN)}, day, "approved")
    for number, (day, value) in enumerate(((date(2025, 12, 31), 96), (date(2026, 6, 30), 148)), start=1):
        body = {"output_type": "operating_income", "ref_no": f"YYSR-{number:02}", "title": f"运营服务收入(第 {number} 期)"}
        state(desk, dice, {**body, "value_amount": yuan(value * WAN)}, day, "issued", soonest=8)
    for number, day in enumerate((date(2026, 3, 5), date(2026, 8, 27)), start=1):
        state(desk, dice, {"output_type": "brand", "ref_no": f"PP-{number:02}", "title": f"培育商标品牌 {number}"}, day, "approved")


def other_outputs(journal: Journal, hubei: Hubei, jiangsu: Jiangsu) -> None:
    """The laser centre's first filings, and the catalogue that the Jiangsu programme asks for."""
    desk, dice = journal.desk("yc-laser"), journal.dice("other outputs")
    for number, day in enumerate(spread(dice, date(2025, 11, 3), date(2026, 9, 30), 14), start=1):
        body = product(hubei.laser_smes[number], f"ZLCP-42-5{number:03}", number, ())
        del body["patents"]
        state(desk, dice, body, day, "filed")
        if number % 4:
            state(desk, dice, body, later(dice, day, 14, 40), "approved")
    catalogue: Body = {"output_type": "catalogue", "ref_no": "SZML-2024", "title": "新型显示专利技术供需目录"}
    desk = journal.desk("sz-display")
    state(desk, dice, catalogue, date(2024, 9, 26), "draft")
    state(desk, dice, catalogue, date(2024, 12, 12), "published")
    income: Body = {"output_type": "operating_income", "ref_no": "SZSR-2025", "title": "运营服务收入"}
    income |= {"value_amount": yuan(212 * WAN), "party_id": jiangsu.operator.party_id}
    state(desk, dice, income, date(2025, 12, 30), "issued", soonest=10)
