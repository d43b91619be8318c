"""Chapter: what the centres organise. Events, pushes, trainings, collections of demands, services, and a survey.

People appear as tokens that the centre made up for them; the ledger never learns a name.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random

from examples.invented.cast import Hubei, Jiangsu, Party
from examples.invented.days import iso, spread, written_down
from examples.invented.journal import Body, Desk, Journal
from examples.invented.numbers import WAN, yuan

EVENTS = (  # of the photonics centre within its two years
    (date(2025, 9, 18), "matchmaking", "光电子产业专利供需对接会", "offline", 2),
    (date(2025, 11, 6), "roadshow", "高校光学成果线上路演", "online", 1),
    (date(2026, 1, 15), "matchmaking", "企业高校行(光通信专场)", "offline", 1),
    (date(2026, 3, 26), "auction", "光电子专利拍卖季", "hybrid", 2),
    (date(2026, 5, 21), "matchmaking", "链主企业技术需求发布会", "offline", 1),
    (date(2026, 7, 9), "roadshow", "硅光芯片专利投融资路演", "hybrid", 1),
    (date(2026, 9, 17), "matchmaking", "专利供需对接会(传感专场)", "offline", 1),
    (date(2026, 10, 22), "roadshow", "专利产业化项目路演", "online", 1),
)
SERVICES = {
    "proof_of_concept": "概念验证", "pilot": "小试中试", "valuation": "价值评估",
    "supply_chain": "产业链对接", "financing": "投融资对接", "consulting": "咨询",
}  # fmt: skip
PUSHES = {  # notices delivered; every project year in Jiangsu must reach 5 000
    "sz-display": ((date(2024, 9, 10), 1180), (date(2024, 11, 19), 1320), (date(2025, 1, 14), 960), (date(2025, 3, 18), 1410),
                   (date(2025, 6, 10), 1370), (date(2025, 9, 16), 1240), (date(2025, 12, 9), 1385), (date(2026, 3, 17), 1460),
                   (date(2026, 5, 19), 1225)),
    "wh-photonics": ((date(2025, 10, 16), 860), (date(2026, 1, 20), 1040), (date(2026, 4, 14), 1115), (date(2026, 7, 14), 1230),
                     (date(2026, 10, 13), 1190)),
}  # fmt: skip


def hold(desk: Desk, dice: Random, activity_type: str, title: str, held_on: date, **more: object) -> None:
    body: Body = {"activity_type": activity_type, "title": title, "held_on": iso(held_on), **more}
    desk.say(written_down(dice, held_on, 1, 15), "activity", body)


def attendance(dice: Random) -> Body:
    intentions = dice.randint(3, 22)
    contracts = dice.randint(0, intentions // 3)
    return {
        "firms": dice.randint(18, 75),
        "headcount": dice.randint(45, 210),
        "patents_presented": dice.randint(12, 60),
        "intentions": intentions,
        "contracts": contracts,
        "contract_amount": yuan(contracts * dice.randint(8, 40) * WAN),
    }


def train(desk: Desk, dice: Random, title: str, on: date, firms: Sequence[Party], tokens: Sequence[str], **more: object) -> None:
    """Each token comes from one firm and keeps its role, whichever course it attends."""
    roles = ("rd", "ip_manager", "rd", "other")
    people = [
        {"token": token, "role": roles[int(token[-2:]) % 4], "employer": firms[int(token[-3:]) % len(firms)].party_id}
        for token in tokens
    ]
    hold(desk, dice, "training", title, on, mode="offline", headcount=len(people), attendees=people, **more)


def photonics_activities(journal: Journal, hubei: Hubei) -> None:
    desk, dice = journal.desk("wh-photonics"), journal.dice("photonics activities")
    host = [hubei.operator.name]
    for held_on, activity_type, title, mode, sessions in EVENTS:
        hold(desk, dice, activity_type, title, held_on, mode=mode, sessions=sessions, hosts=host, **attendance(dice))
    hold(desk, dice, "matchmaking", "光电子专利对接会(筹备期)", date(2024, 10, 24), mode="offline", hosts=host, **attendance(dice))
    record_one_event_twice(desk, host)
    for day, deliveries in PUSHES["wh-photonics"]:
        hold(desk, dice, "push", "专利供需信息精准推送", day, mode="online", deliveries=deliveries)
    for number, day in enumerate(spread(dice, date(2025, 9, 1), date(2026, 10, 20), 5), start=1):
        hold(desk, dice, "demand_collection", f"技术需求征集第 {number} 批", day, mode="hybrid", count=dice.randint(15, 60))
    for day, (code, name) in zip(spread(dice, date(2025, 9, 8), date(2026, 10, 28), 12), [*SERVICES.items()] * 2, strict=True):
        hold(desk, dice, "service", f"{name}服务", day, service_type=code, firms=dice.randint(1, 9), mode="offline")
    for day in spread(dice, date(2025, 10, 13), date(2026, 10, 12), 4):
        hold(desk, dice, "platform_evaluation", "存量专利评价", day, mode="online", count=dice.randint(40, 160))
        hold(desk, dice, "platform_intention", "合作意向反馈", day + timedelta(days=20), mode="online", count=dice.randint(5, 30))
    for day in (date(2025, 12, 11), date(2026, 6, 18)):
        hold(desk, dice, "policy_talk", "专利转化政策宣讲", day, mode="hybrid", headcount=dice.randint(60, 180))
    tokens = [f"WHT-{n:05}" for n in dice.sample(range(10_000, 99_999), 90)]
    train(desk, dice, "专利运营实务培训", date(2025, 11, 20), hubei.chain_smes, tokens[:40], programme="prep")
    train(desk, dice, "知识产权专员考核班", date(2026, 4, 23), hubei.chain_smes, tokens[20:50], programme="exam")
    train(desk, dice, "专利转让许可实务培训", date(2026, 9, 10), hubei.chain_smes, tokens[45:], programme="prep")


def record_one_event_twice(desk: Desk, host: list[str]) -> None:
    """Two colleagues enter the same visit; the second entry is taken back."""
    body: Body = {"activity_type": "demand_collection", "title": "企业技术需求走访", "held_on": "2026-08-20", "mode": "offline"}
    body |= {"firms": 14, "count": 31, "hosts": host}
    desk.say(date(2026, 8, 24), "activity", body)
    again = desk.say(date(2026, 8, 26), "activity", body)
    desk.say(date(2026, 9, 2), "reversal", {"entry": again, "reason": "duplicate", "note": "同一走访重复登记"}, after=again)


def laser_activities(journal: Journal, hubei: Hubei) -> None:
    desk, dice = journal.desk("yc-laser"), journal.dice("laser activities")
    host = [hubei.laser_operator.name]
    for day in (date(2024, 7, 25), date(2024, 9, 12), date(2024, 11, 14)):
        hold(desk, dice, "matchmaking", "知识产权服务万里行对接会", day, mode="offline", hosts=host, **attendance(dice))
    hold(desk, dice, "product_survey", "专利密集型产品摸底调查", date(2024, 8, 22), firms=126, hosts=host)
    for day in (date(2025, 10, 30), date(2026, 3, 12), date(2026, 6, 25), date(2026, 9, 24)):
        hold(desk, dice, "roadshow", "激光装备专利路演", day, mode="hybrid", hosts=host, **attendance(dice))
    tokens = [f"YCT-{n:05}" for n in dice.sample(range(10_000, 99_999), 30)]
    train(desk, dice, "激光企业专利实务培训", date(2026, 4, 9), hubei.laser_smes, tokens)


def display_activities(journal: Journal, jiangsu: Jiangsu) -> None:
    desk, dice = journal.desk("sz-display"), journal.dice("display activities")
    host = [jiangsu.operator.name]
    sessions = (1, 2, 1, 3, 2, 1, 2)
    days = spread(dice, date(2024, 9, 9), date(2026, 5, 28), len(sessions))
    for number, (day, count) in enumerate(zip(days, sessions, strict=True), start=1):
        activity_type = ("matchmaking", "auction", "roadshow")[number % 3]
        title = f"新型显示专利对接活动(第 {number} 期)"
        hold(desk, dice, activity_type, title, day, mode="hybrid", sessions=count, hosts=host, **attendance(dice))
    for day, deliveries in PUSHES["sz-display"]:
        hold(desk, dice, "push", "专利供需目录精准推送", day, mode="online", deliveries=deliveries)
    tokens = [f"SZT-{n:05}" for n in dice.sample(range(10_000, 99_999), 300)]
    firms = [*jiangsu.park_smes, *jiangsu.city_smes]
    for number, day in enumerate((date(2024, 10, 17), date(2025, 4, 10), date(2025, 10, 23), date(2026, 1, 22), date(2026, 5, 14))):
        course = tokens[55 * number : 55 * number + 75]  # some come back for the next course
        train(desk, dice, f"研发与知识产权管理人员培训(第 {number + 1} 期)", day, firms, course)
