"""How a verification is told: the frame around its findings, what each check looked at, and the closing line.

Values that come from the file are shown cut, and without anything that a terminal would obey.
"""

from collections.abc import Mapping
from string import Formatter
from typing import Any, Final, Literal

from ledger.actions.verify.messages import MESSAGES

Language = Literal["zh", "en"]

_SHOWN_MAX: Final = 300

FRAME: Final[Mapping[str, tuple[str, str]]] = {
    "head.bundle": ("数据包 {file}", "bundle {file}"),
    "head.proof": ("存证文件 {file}", "proof {file}"),
    "head.holds": ("结论:全部成立", "Result: everything holds"),
    "head.fails": ("结论:不成立", "Result: it does not hold"),
    "mark.ok": ("成立", "ok"),
    "mark.wrong": ("不成立", "NOT OK"),
    "mark.skipped": ("未能检查", "not checked"),
    "line.check": ("[{mark}] {title}:{told}", "[{mark}] {title}: {told}"),
    "line.bare": ("[{mark}] {title}", "[{mark}] {title}"),
    "line.skipped": ("[{mark}] {title}:因“{because}”未能通过", "[{mark}] {title}: because of “{because}”"),
    "line.deviation": ("    {place}:{message}", "    {place}: {message}"),
    "line.more": ("    另有 {more} 处,不再逐一列出", "    and {more} more, not listed"),
    "place.entry": ("第 {entry} 号记录", "entry {entry}"),
    "place.line": ("第 {line} 行", "line {line}"),
    "place.and": (",", ", "),
    "place.file": ("文件", "the file"),
    "title.container": ("文件结构", "container"),
    "title.signature": ("签名", "signature"),
    "title.tree": ("哈希树", "tree"),
    "title.since": ("与早先检查点一致", "consistent with the older checkpoint"),
    "title.streams": ("各中心的登记序列", "streams"),
    "title.disclosures": ("记录内容", "disclosures"),
    "title.manifest": ("清单", "manifest"),
    "title.policy": ("见证策略", "policy"),
    "title.programme": ("考核方案", "programme"),
    "title.figures": ("指标数值", "figures"),
    "title.contested": ("重复申报", "contested lines"),
    "title.proof": ("存证格式", "form of the proof"),
    "title.inclusion": ("记录在账", "inclusion"),
    "title.leaf": ("叶子", "leaf"),
    "title.disclosure": ("记录内容", "disclosure"),
    "title.entry": ("与所附记录一致", "the entry at hand"),
    # --- what was looked at ---
    "told.container": ("{files} 个文件,{bytes} 字节", "{files} files, {bytes} bytes"),
    "told.signature": (
        "账本 {origin} 的检查点,{size} 条记录,见证签名 {cosignatures} 个",
        "checkpoint of {origin} over {size} entries, {cosignatures} cosignatures",
    ),
    "told.tree": (
        "{size} 条记录,{tiles} 个哈希块,{bundles} 个记录块,由记录逐一算至根",
        "{size} entries, {tiles} hash tiles and {bundles} entry bundles, hashed up to the root",
    ),
    "told.since": ("早先检查点有 {old_size} 条记录", "the older checkpoint covers {old_size} entries"),
    "told.streams": (
        "{leaves} 片叶子,{streams} 个序列,序号连续",
        "{leaves} leaves in {streams} streams, numbered without a gap",
    ),
    "told.disclosures": (
        "应公开 {own_wanted} 条,已公开 {own} 条;另有其他来源 {foreign} 条",
        "{own} of the {own_wanted} that must be disclosed, and {foreign} from other streams",
    ),
    "told.manifest": ("各项陈述与 {files} 个文件的摘要", "its statements, and the digests of {files} files"),
    "told.policy": ("见证人 {witnesses} 名,法定 {quorum}", "{witnesses} witnesses, quorum {quorum}"),
    "told.programme": ("{programme},摘要 {digest}", "{programme}, digest {digest}"),
    "told.figures": ("{levels} 个口径、{targets} 项指标重新计算", "{targets} targets recomputed at {levels} levels"),
    "told.contested": ("{lines} 行", "{lines} lines"),
    "told.inclusion": ("第 {index} 号,共 {size} 条", "entry {index} of {size}"),
    "told.leaf": ("{stream} 的第 {seq} 号", "number {seq} of stream {stream}"),
    "told.disclosure": ("{kind},登记于 {recorded_at}", "{kind}, recorded at {recorded_at}"),
    "told.entry": ("逐项比对 {fields} 项", "{fields} fields compared"),
    # --- the closing line ---
    "closing.stream": (
        "{stream} 的登记完整:{own_wanted} 条中 {own} 条;其他来源 {foreign} 条,照原样采信",
        "stream {stream}: complete, {own} of {own_wanted}; from other streams {foreign} entries, taken as given",
    ),
    "closing.stream-not": (
        "{stream} 的登记不能认定完整:{own_wanted} 条中 {own} 条;其他来源 {foreign} 条",
        "stream {stream}: not shown to be complete, {own} of {own_wanted}; from other streams {foreign} entries",
    ),
    "closing.all": (
        "全部 {streams} 个序列的登记完整:{own_wanted} 条中 {own} 条",
        "all {streams} streams: complete, {own} of {own_wanted}",
    ),
    "closing.all-not": (
        "各序列的登记不能认定完整:{own_wanted} 条中 {own} 条",
        "the streams: not shown to be complete, {own} of {own_wanted}",
    ),
    "closing.proof": (
        "第 {index} 号记录({stream} 第 {seq} 号)在检查点所签的 {size} 条之中",
        "entry {index} (number {seq} of stream {stream}) stands among the {size} that the checkpoint signs",
    ),
}  # fmt: skip

TEXTS: Final = {**FRAME, **MESSAGES}



def spoken(code: str, values: Mapping[str, Any], language: Language) -> str:
    """The sentence of a code with its values; of what a check looked at, nothing where it did not come so far."""
    text = TEXTS[code][language == "en"] if code in TEXTS else ""
    names = {name for _, name, _, _ in Formatter().parse(text) if name}
    if code.startswith("told.") and not names <= values.keys():
        return ""
    return text.format_map({name: shown(values.get(name)) for name in names})


def framed(code: str, language: Language, **parts: str) -> str:
    """A text of the frame, around sentences that were made here and are shown whole."""
    return TEXTS[code][language == "en"].format(**parts)


def shown(value: object) -> str:
    """A value from outside as a message may repeat it."""
    text = "–" if value is None else str(value)
    printable = "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text[:_SHOWN_MAX])
    return printable + "…" if len(text) > _SHOWN_MAX else printable
