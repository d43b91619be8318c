"""Invented patents: what they are called, when they were filed and granted, and the shelves they are taken from."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import product
from random import Random
from typing import Any

from examples.invented.days import iso
from examples.invented.numbers import application_number, publication_number

QUALITIES = (
    "低损耗", "高功率", "窄线宽", "抗弯曲", "宽温域", "多通道", "微型化", "低噪声",
    "可调谐", "高隔离度", "自校准", "集成式", "大带宽", "高稳定", "免调试", "耐辐照",
)  # fmt: skip
THINGS = {
    "photonics": {
        "光纤耦合器": "G02B6/26", "光收发模块": "H04B10/40", "半导体激光器": "H01S5/02", "阵列波导光栅": "G02B6/12",
        "光电探测器": "H01L31/10", "硅基光开关": "G02F1/01", "光纤陀螺": "G01C19/72", "光纤放大器": "H01S3/067",
        "激光雷达发射模组": "G01S7/481", "光纤光栅传感器": "G01D5/353", "电光调制器": "G02F1/03", "特种光纤": "G02B6/02",
        "准直透镜组": "G02B27/30", "红外热像组件": "G01J5/48", "光时域反射仪": "G01M11/00", "光芯片耦合台": "G02B6/42",
    },
    "laser": {
        "激光切割头": "B23K26/38", "激光熔覆装置": "C23C24/10", "激光清洗机": "B08B7/00", "激光焊接台": "B23K26/21",
        "激光打标机": "B41J2/435", "振镜扫描单元": "G02B26/10", "激光测厚仪": "G01B11/06", "光束整形器": "G02B27/09",
    },
    "display": {
        "微型发光二极管阵列": "H01L27/15", "偏光膜": "G02B5/30", "量子点背光": "G02F1/13357", "柔性基板": "H01L51/00",
        "驱动芯片": "G09G3/36", "触控面板": "G06F3/041", "光学胶": "C09J133/08", "巨量转移装置": "H01L21/683",
        "显示面板检测台": "G01N21/88", "曝光掩膜": "G03F1/00", "氧化物晶体管": "H01L29/786", "透明电极": "H01B5/14",
    },
}  # fmt: skip
TAILS = {
    "invention": ("及其制备方法", "的封装方法", "的标定方法", "及控制系统", "的装调方法", "及驱动电路"),
    "utility_model": ("的封装结构", "的散热装置", "的测试夹具", "的安装支架"),
}


@dataclass(frozen=True)
class Patent:
    patent_id: str
    right: str
    title: str
    filed_on: date
    granted_on: date | None  # None: an application
    publication_no: str | None
    ipc: str
    owners: tuple[str, ...]

    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = {
            "patent_id": self.patent_id,
            "right": self.right,
            "title": self.title,
            "filed_on": iso(self.filed_on),
            "ipc": [self.ipc],
            "owners": list(self.owners),
        }
        if self.granted_on:
            body |= {"granted_on": iso(self.granted_on), "publication_no": self.publication_no}
        return body


class Drafting:
    """Draws up patents of one field with titles and serial numbers that no other has."""

    def __init__(self, dice: Random, field_of_art: str, first_serial: int) -> None:
        self._dice = dice
        self._serial = first_serial
        self._titles = {}
        for right, tails in TAILS.items():
            titles = [(f"一种{quality}{thing}{tail}", THINGS[field_of_art][thing])
                      for quality, thing, tail in product(QUALITIES, THINGS[field_of_art], tails)]  # fmt: skip
            dice.shuffle(titles)
            self._titles[right] = iter(titles)

    def patent(self, *owners: str, right: str | None = None, filed_on: date | None = None, granted: bool = True) -> Patent:
        right = right or self._dice.choices(("invention", "utility_model"), (4, 1))[0]
        first = date(2011, 1, 1) if right == "invention" else date(2019, 1, 1)  # in force throughout the sample
        filed_on = filed_on or first + timedelta(days=self._dice.randrange((date(2022, 6, 1) - first).days))
        wait = self._dice.randint(500, 750) if right == "invention" else self._dice.randint(170, 320)
        title, ipc = next(self._titles[right])
        self._serial += self._dice.randint(3, 97)
        return Patent(
            patent_id=application_number(filed_on, right, self._serial),
            right=right,
            title=title,
            filed_on=filed_on,
            granted_on=filed_on + timedelta(days=wait) if granted else None,
            publication_no=publication_number(right, self._serial * 9) if granted else None,
            ipc=ipc,
            owners=owners,
        )


@dataclass
class Shelf:
    """Patents by owner. What is taken has left it (a transfer, an exclusive licence); what is lent stays."""

    dice: Random
    by_owner: dict[tuple[str, ...], list[Patent]] = field(default_factory=dict)

    def put(self, *patents: Patent) -> None:
        for patent in patents:
            self.by_owner.setdefault(patent.owners, []).append(patent)

    def take(self, count: int = 1) -> list[Patent]:
        """`count` patents of one owner."""
        pile = self._pile(count)
        return [pile.pop() for _ in range(count)]

    def lend(self, count: int = 1) -> list[Patent]:
        return self.dice.sample(self._pile(count), count)

    def _pile(self, count: int) -> list[Patent]:
        return self.dice.choice([pile for pile in self.by_owner.values() if len(pile) >= count])
