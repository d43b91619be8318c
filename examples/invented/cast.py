"""The cast: universities, institutes, firms, banks and agencies. All of them are invented.

A firm's name is a place, two coined syllables and a trade; should a real firm bear one, that is chance.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from random import Random
from typing import Any

from examples.invented.numbers import credit_code

HUBEI = {
    "420100": "武汉", "420200": "黄石", "420500": "宜昌", "420600": "襄阳",
    "420700": "鄂州", "420900": "孝感", "421000": "荆州", "421100": "黄冈",
}  # fmt: skip
PARK = "320505-xuguan"
SUZHOU = {PARK: "苏州", "320506": "苏州", "320507": "苏州", "320509": "苏州", "320583": "昆山"}
FIRST_SYLLABLES = "翎珩昱桁璟沅砚岚棠曜苓澈旻霁筠铄琅钧汐翊湛骊"
SECOND_SYLLABLES = "谱域纤策川硕镜迅衡弦屿驰澄棱渡漪准屏阙榆"
TRADES = {
    "photonics": ("光电科技", "光通信", "光学材料", "传感技术", "光子芯片", "精密光学", "红外技术"),
    "laser": ("激光装备", "激光加工", "激光智造", "精密机械"),
    "display": ("显示科技", "光电材料", "偏光材料", "背光模组", "触控技术"),
    "textiles": ("纺织科技", "服饰"),
    "food": ("食品科技", "农产品加工"),
}
INDUSTRY = {"photonics": "C3976", "laser": "C3569", "display": "C3974", "textiles": "C1751", "food": "C1499"}


@dataclass(frozen=True)
class Party:
    party_id: str
    name: str
    party_kind: str
    region: str
    size: str | None = None
    size_basis: str | None = None
    industry: str | None = None
    chains: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    def body(self, valid_from: str = "2020-01-01") -> dict[str, Any]:
        body: dict[str, Any] = {
            "party_id": self.party_id,
            "name": self.name,
            "party_kind": self.party_kind,
            "region": self.region,
            "valid_from": valid_from,
        }
        body |= {name: value for name in ("size", "size_basis", "industry") if (value := getattr(self, name))}
        body |= {name: list(value) for name in ("chains", "tags") if (value := getattr(self, name))}
        return body


class Casting:
    """Finds names and credit codes that nobody else in the cast bears."""

    def __init__(self, dice: Random) -> None:
        self._dice = dice
        self._serial = 10_000
        coined = [a + b for a, b in product(FIRST_SYLLABLES, SECOND_SYLLABLES)]
        dice.shuffle(coined)
        self._coined: Iterator[str] = iter(coined)

    def institution(self, name: str, party_kind: str, region: str, category: str = "12") -> Party:
        self._serial += self._dice.randint(3, 60)
        return Party(credit_code(category, region, self._serial), name, party_kind, region)

    def firm(self, region: str, place: str, chain: str, size: str | None, chains: tuple[str, ...] | None = None) -> Party:
        form = "集团股份有限公司" if size == "large" else "有限公司"
        party = self.institution(f"{place}{next(self._coined)}{self._dice.choice(TRADES[chain])}{form}", "enterprise", region, "91")
        basis = {"large": "statistics", None: None}.get(size, self._dice.choice(("declared", "declared", "registry")))
        tags = self._tags() if size else ()
        return replace(party, size=size, size_basis=basis, industry=INDUSTRY[chain], chains=chains or (chain,), tags=tags)

    def smes(self, count: int, places: dict[str, str], chain: str, first_place: int = 1) -> list[Party]:
        """Small and medium firms; the first of `places` is `first_place` times as likely as any other."""
        regions = list(places)
        weights = [first_place] + [1] * (len(regions) - 1)
        drawn = self._dice.choices(regions, weights, k=count)
        return [self.firm(region, places[region], chain, self._small_size()) for region in drawn]

    def _small_size(self) -> str:
        return self._dice.choices(("medium", "small", "micro"), (2, 6, 2))[0]

    def _tags(self) -> tuple[str, ...]:
        odds = {"hightech": 0.4, "sci_tech_sme": 0.3, "ip_growth": 0.3, "ip_seed": 0.12, "ip_advantage": 0.06}
        return tuple(tag for tag, chance in odds.items() if self._dice.random() < chance)


@dataclass(frozen=True)
class Hubei:
    operator: Party
    laser_operator: Party
    academia: list[Party]
    laser_academia: list[Party]
    chain_smes: list[Party]
    large: list[Party]
    off_chain: list[Party]
    unclassed: list[Party]
    individuals: list[Party]
    laser_smes: list[Party]
    banks: list[Party]
    agencies: list[Party]
    late: Party  # recorded only months after its contracts
    growing: Party  # small, then medium
    outgrowing: Party  # small, then large
    both_chains: Party  # served by both centres


@dataclass(frozen=True)
class Jiangsu:
    operator: Party
    park_operator: Party
    academia: list[Party]
    park_smes: list[Party]
    park_large: list[Party]
    city_smes: list[Party]
    banks: list[Party]


def cast_of_hubei(casting: Casting) -> Hubei:
    universities = ("云梦泽理工大学", "荆山光电大学", "汉阳树工程大学", "楚望工业大学", "郧西岭科技大学", "东荆河师范大学")
    institutes = ("鄂渚光电技术研究所", "龙泉坡激光研究院", "凤凰垸材料研究所", "珞南精密仪器研究所", "沌阳传感技术研究院")
    operator = casting.institution("武汉鄂渚知识产权运营有限公司", "enterprise", "420100", "91")
    return Hubei(
        operator=replace(operator, size="small", size_basis="declared", industry="L7520", chains=("photonics",)),
        laser_operator=casting.institution("宜昌西塞知识产权运营有限公司", "agency", "420500", "91"),
        academia=[casting.institution(name, "university", "420100") for name in universities]
        + [casting.institution(name, "research_institute", "420100") for name in institutes],
        laser_academia=[
            casting.institution("西陵渡工学院", "university", "420500"),
            casting.institution("夷水激光应用研究所", "research_institute", "420500"),
        ],
        chain_smes=casting.smes(190, HUBEI, "photonics", first_place=14),
        large=[casting.firm("420100", "武汉", "photonics", "large") for _ in range(9)],
        off_chain=[casting.firm("420100", "武汉", chain, "small") for chain in ("textiles", "food") for _ in range(8)],
        unclassed=[casting.firm("420100", "武汉", "photonics", None) for _ in range(4)],
        individuals=[Party(f"PER:WH{n:04}", f"自然人 WH{n:04}", "individual", "420100") for n in (1, 2)],
        laser_smes=casting.smes(40, {"420500": "宜昌", "420600": "襄阳", "421000": "荆州"}, "laser", first_place=9),
        banks=[casting.institution(f"{name}银行股份有限公司", "financial_institution", "420100", "91")
               for name in ("楚岳", "江夏渡", "云汉", "荆沙", "西陵渡")],
        agencies=[casting.institution(f"武汉{name}专利代理有限公司", "agency", "420100", "91") for name in ("晴川渡", "黄鹤里")],
        late=casting.firm("420100", "武汉", "photonics", "micro"),
        growing=casting.firm("420100", "武汉", "photonics", "small"),
        outgrowing=casting.firm("420100", "武汉", "photonics", "small"),
        both_chains=casting.firm("420500", "宜昌", "laser", "small", chains=("photonics", "laser")),
    )  # fmt: skip


def cast_of_jiangsu(casting: Casting) -> Jiangsu:
    universities = ("沧浪屿理工大学", "枫桥渡电子大学", "阳澄洲工业大学")
    institutes = ("胥口显示技术研究院", "石湖湾材料研究所")
    return Jiangsu(
        operator=casting.institution("苏州枫桥渡知识产权运营有限公司", "agency", "320500", "91"),
        park_operator=casting.institution("浒关示例园区管理委员会", "park", PARK),
        academia=[casting.institution(name, "university", "320500") for name in universities]
        + [casting.institution(name, "research_institute", "320500") for name in institutes],
        park_smes=casting.smes(38, {PARK: SUZHOU[PARK]}, "display"),
        park_large=[casting.firm(PARK, SUZHOU[PARK], "display", "large") for _ in range(2)],
        city_smes=casting.smes(30, {r: name for r, name in SUZHOU.items() if r != PARK}, "display"),
        banks=[casting.institution(f"{name}银行股份有限公司", "financial_institution", "320500", "91")
               for name in ("吴门渡", "胥江", "娄葑里")],
    )  # fmt: skip
