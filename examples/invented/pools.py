"""Chapter: the patents of the photonics centre and its two pools: admissions in waves, lapses, a grant, a withdrawal."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from examples.invented.cast import Hubei, Party
from examples.invented.days import iso, later, written_down
from examples.invented.journal import Body, Journal
from examples.invented.patents import Drafting, Patent, Shelf

FIRST_POOL, SECOND_POOL = "WH-POOL-1", "WH-POOL-2"
WAVES = (  # pool, day of admission, how many patents are new to the ledger's pools, by which mode
    (FIRST_POOL, date(2025, 8, 25), 160, "custody"),
    (FIRST_POOL, date(2025, 11, 18), 110, "custody"),
    (SECOND_POOL, date(2025, 12, 22), 70, "licence_in"),
    (FIRST_POOL, date(2026, 3, 12), 90, "custody"),
    (SECOND_POOL, date(2026, 4, 16), 50, "own"),
    (FIRST_POOL, date(2026, 6, 25), 40, "custody"),
    (SECOND_POOL, date(2026, 9, 10), 16, "buyout"),
)
IN_BOTH_POOLS = 14
LAPSES = tuple(date(2025, 12, 3) + timedelta(days=37 * n) for n in range(9))  # the first of them is made good
WITHDRAWN = 6


@dataclass(frozen=True)
class PhotonicsPatents:
    pooled: list[Patent]  # in the order of their admission
    lapsing: list[Patent]
    given_up: Patent
    invalidated: Patent
    expiring: list[Patent]
    granted_later: Patent
    never_granted: Patent
    to_lend: Shelf  # of universities and institutes, for licences that leave room for others
    to_take: Shelf  # of the same, outside the pools, for transfers and exclusive licences
    co_owned: Shelf  # of an institute and a firm together
    of_firms: Shelf


def draw_up(dice: Random, hubei: Hubei) -> PhotonicsPatents:
    drafting = Drafting(dice, "photonics", 100_000)
    owners = [party.party_id for party in hubei.academia]
    firms = [party.party_id for party in hubei.chain_smes]
    of_academia = [drafting.patent(owners[n % len(owners)]) for n in range(414)]
    of_firms = [drafting.patent(firms[n % 90]) for n in range(110)]
    co_owned = [drafting.patent(owners[6 + n % 5], firms[100 + n]) for n in range(8)]
    granted_later = drafting.patent(owners[0], right="invention", filed_on=date(2023, 9, 14), granted=False)
    never_granted = drafting.patent(owners[1], right="invention", filed_on=date(2024, 11, 5), granted=False)
    expiring = [drafting.patent(owners[2], right="utility_model", filed_on=day) for day in (date(2016, 4, 12), date(2016, 8, 30))]
    dice.shuffle(of_academia)
    ending, lendable = of_academia[:11], of_academia[11:]
    to_lend, to_take, of_others, shared = Shelf(dice), Shelf(dice), Shelf(dice), Shelf(dice)
    to_lend.put(*lendable)
    to_take.put(*(drafting.patent(owners[n % len(owners)]) for n in range(135)))
    of_others.put(*of_firms)
    shared.put(*co_owned)
    pooled = lendable + of_firms + co_owned
    dice.shuffle(pooled)
    pooled = [*ending, granted_later, never_granted, *expiring, *pooled]  # what ends is there from the first wave
    return PhotonicsPatents(
        pooled=pooled,
        lapsing=ending[:9],
        given_up=ending[9],
        invalidated=ending[10],
        expiring=expiring,
        granted_later=granted_later,
        never_granted=never_granted,
        to_lend=to_lend,
        to_take=to_take,
        co_owned=shared,
        of_firms=of_others,
    )


def fill_the_pools(journal: Journal, patents: PhotonicsPatents, operator: Party) -> None:
    dice, desk = journal.dice("pools"), journal.desk("wh-photonics")
    for pool_id, name, day in (
        (FIRST_POOL, "光通信器件专利池(示例)", date(2025, 8, 18)),
        (SECOND_POOL, "硅基光子芯片专利池(示例)", date(2025, 12, 8)),
    ):
        opened = {"pool_id": pool_id, "name": name, "industry": "photonics", "operator": operator.party_id}
        desk.say(later(dice, day, 1, 3), "pool", opened | {"action": "open", "on": iso(day)})  # before the first admission
    waiting = list(patents.pooled)
    for number, (pool_id, day, count, mode) in enumerate(WAVES, start=1):
        wave, waiting = waiting[:count], waiting[count:]
        late = 120 if number == 4 else 0  # this wave was forgotten for four months
        admit(journal, written_down(dice, day + timedelta(days=late)), pool_id, wave, day, mode, number)
    assert not waiting
    of_first_wave = patents.pooled[20 : 20 + IN_BOTH_POOLS]
    admit(journal, written_down(dice, date(2026, 1, 19)), SECOND_POOL, of_first_wave, date(2026, 1, 19), "licence_in", 8)
    leaving = patents.pooled[60 : 60 + WITHDRAWN]
    body: Body = {"pool_id": FIRST_POOL, "patents": [patent.patent_id for patent in leaving], "on": "2026-05-11"}
    body["reason"] = "权利人自行实施,协商退出"
    desk.say(date(2026, 5, 18), "withdrawal", body, patents=leaving)


def admit(journal: Journal, said_on: date, pool_id: str, wave: Sequence[Patent], on: date, mode: str, number: int) -> None:
    body = {
        "pool_id": pool_id,
        "patents": [patent.patent_id for patent in wave],
        "on": iso(on),
        "mode": mode,
        "agreement_no": f"入池协议〔{on.year}〕{number:02}号",
    }
    journal.desk("wh-photonics").say(said_on, "admission", body, patents=wave)


def follow_the_gazette(journal: Journal, patents: PhotonicsPatents) -> None:
    """The office reads the gazette; one restoration is seen by the centre first."""
    dice, office = journal.dice("gazette"), journal.desk("hb-ipo", "authority")

    def note(patent: Patent, code: str, on: date, centre: str = "hb-ipo") -> None:
        body = {"patent_id": patent.patent_id, "code": code, "effective_on": iso(on), "announced_on": iso(on + timedelta(days=21))}
        desk = office if centre == "hb-ipo" else journal.desk(centre)
        desk.say(written_down(dice, on, 22, 40), "patent_status", body, patents=[patent])

    for patent, day in zip(patents.lapsing, LAPSES, strict=True):
        note(patent, "CF01", day)
    note(patents.lapsing[0], "RR01", date(2026, 4, 7), "wh-photonics")
    note(patents.given_up, "AV01", date(2026, 2, 3))
    note(patents.invalidated, "IW01", date(2026, 8, 6))
    note(patents.expiring[0], "CX01", date(2026, 4, 12))  # the second expires without a word in the gazette
    note(patents.granted_later, "GR01", date(2026, 5, 19))
