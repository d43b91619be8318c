"""What a schema finds wrong, in Chinese and English, and the way from marshmallow's messages to problems.

- A message is a `Words`: English text that carries its Chinese twin, so it passes through marshmallow and webargs unharmed.
- All shapes of marshmallow's errors (by field, by place in a list, by schema) become one list of problems with dotted paths.
- Every problem of shape has the code `invalid` (RULINGS 43), and no message repeats more of a request than a few characters.

The words for what the identifiers and amounts of `ledger.facts` refuse stand here too; those modules speak in reasons only.
"""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Final

from marshmallow import ValidationError
from marshmallow.exceptions import SCHEMA

from ledger.facts.money import BadMoney
from ledger.facts.problems import Problem, Refused
from ledger.facts.text import BadIdentifier

PROBLEMS_MAX: Final = 50_000  # five for each entry of the largest batch; who sends more has sent no batch
_NAME_SHOWN_MAX: Final = 80


class Words(str):
    """A message in both languages; as a `str` it is the English one."""

    zh: str

    def __new__(cls, zh: str, en: str) -> "Words":
        words = super().__new__(cls, en)
        words.zh = zh
        return words

    def __getnewargs__(self) -> tuple[str, str]:  # type: ignore[override]  # two, where a str has one: copies keep both
        return self.zh, str(self)

    def format(self, *args: Any, **kwargs: Any) -> "Words":
        """marshmallow formats its messages; both languages take part."""
        return Words(self.zh.format(*args, **kwargs), str.format(self, *args, **kwargs))


NO_OBJECT: Final = Words("须为对象", "This must be an object")  # the one thing that marshmallow says of an object as a whole


class Wrong(ValidationError):
    """A value that is refused, with its words."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__([Words(zh, en)])


REASONS: Final[Mapping[str, Words]] = {
    "patent-publication": Words(
        "{number} 是公开(公告)号;请填写申请号(专利号)", "{number} is a publication number; give the application number"
    ),
    "patent-form": Words("{number} 不是专利号", "{number} is not a patent number"),
    "patent-kind": Words("专利号的种类位 {digit} 不存在", "{digit} is no kind digit of a patent number"),
    "patent-year": Words("专利号的年份 {year} 不存在", "{year} is no year of a patent number"),
    "patent-check-missing": Words("专利号缺少校验位,应为 {expected}", "The check digit is missing; it would be {expected}"),
    "patent-check-digit": Words(
        "专利号校验位为 {found},应为 {expected}", "The check digit is {found} and should be {expected}"
    ),
    "patent-foreign-kind": Words(
        "国外专利号 {number} 缺少文献种类代码,例如 B2", "The foreign number {number} lacks its kind code, such as B2"
    ),
    "uscc-form": Words("{party} 不是统一社会信用代码", "{party} is not a unified social credit code"),
    "uscc-check-digit": Words(
        "统一社会信用代码校验位为 {found},应为 {expected}", "The check character is {found} and should be {expected}"
    ),
    "party-form": Words(
        "{party} 不是主体代码:应为 18 位统一社会信用代码,或 XX:编号",
        "{party} is no party id: a credit code of 18 characters or XX:id is wanted",
    ),
    "party-scheme": Words(
        "主体代码前缀 {scheme} 应为两位国家代码、ORG 或 PER", "The prefix {scheme} must be a two-letter country, ORG or PER"
    ),
    "party-private": Words("不得填写身份证号;请使用匿名编号", "An identity number must not be recorded; use an opaque id"),
    "code-form": Words(
        "{code} 不是机构代码:2 至 31 位小写字母、数字或连字符,以字母或数字开头",
        "{code} is no code: 2 to 31 small letters, digits or hyphens, a letter or digit first",
    ),
    "ipc-form": Words("{ipc} 不是 IPC 或洛迦诺分类号", "{ipc} is not a class of the IPC or of the Locarno list"),
    "region-form": Words(
        "{region} 不是行政区划代码:六位数字,园区可加 -后缀", "{region} is no region: six digits, a park may add -slug"
    ),
    "money-type": Words('金额须为文本,例如 "1000000.00"', 'An amount is a JSON string, such as "1000000.00"'),
    "money-form": Words("不是以元为单位的十进制金额", "Not a decimal amount in yuan"),
    "money-decimals": Words("金额至多两位小数", "An amount has at most two decimals"),
    "money-range": Words("金额超过上限 {most} 元", "The amount is above {most} yuan"),
    "money-negative": Words("金额不能为负", "The amount must not be negative"),
    "money-unit": Words("没有金额单位 {unit}", "{unit} is no unit of money"),
    "decimal-form": Words('不是十进制数,例如 "12.5"', 'Not a plain decimal number, such as "12.5"'),
    "decimal-negative": Words("数值不能为负", "The number must not be negative"),
}


def wrong(error: BadIdentifier | BadMoney) -> Wrong:
    """The refusal of an identifier or amount in words."""
    words = REASONS[error.reason].format(**error.params)
    return Wrong(words.zh, str(words))


def refused(error: ValidationError) -> Refused:
    return Refused(problems_of(error.messages))


def problems_of(messages: object) -> tuple[Problem, ...]:
    """All problems in marshmallow's messages, ordered by their paths."""
    found = islice(_walk(messages, ()), PROBLEMS_MAX)
    return tuple(problem for _, problem in sorted(found, key=lambda pair: pair[0]))


def how_many(messages: object) -> int:
    if isinstance(messages, Mapping):
        return sum(map(how_many, messages.values()))
    return sum(map(how_many, messages)) if isinstance(messages, list | tuple) else 1


# A list's places sort as numbers, and before names; within one object names sort as text.
_Key = tuple[tuple[int, int, str], ...]


def _walk(messages: object, path: tuple[str | int, ...]) -> Iterator[tuple[_Key, Problem]]:
    if isinstance(messages, Mapping):
        for name, below in messages.items():
            # What is wrong with an object as a whole is said of the place where it stands; `_schema` can also be a sender's word.
            yield from _walk(below, path if name == SCHEMA and below == [NO_OBJECT] else (*path, name))
    elif isinstance(messages, list | tuple):
        for message in messages:
            yield from _walk(message, path)
    else:
        words = messages if isinstance(messages, Words) else Words("值无效", str(messages))
        key = tuple((0, part, "") if isinstance(part, int) else (1, 0, part) for part in path)
        yield key, Problem("invalid", ".".join(map(_shown, path)), words.zh, str(words))


def _shown(part: str | int) -> str:
    """One part of a path. Names of unknown fields come from outside: what cannot be printed is left out, the rest cut short."""
    if isinstance(part, int):
        return str(part)
    printable = "".join(c for c in part[: _NAME_SHOWN_MAX + 1] if c.isprintable())
    return (printable if len(part) <= _NAME_SHOWN_MAX else printable[:_NAME_SHOWN_MAX] + "…") or "?"
