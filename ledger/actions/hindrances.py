"""What can keep the log from being published: each hindrance in words, in both languages, with what is to be done about it.

None of them keeps entries from being taken. None is cleared by signing anyway: two signed logs of one name that do not continue
each other cannot be taken back, so a log that is truly lost is followed by a new one under a new name.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final


class CannotPublish(Exception):
    """The log cannot be signed or published now; tells what was found and what to do."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en


@dataclass(frozen=True, slots=True)
class KeyName:
    """A key in words: the log it belongs to, and its id in hex."""

    origin: str
    id: str


_LOST_ZH: Final = "确已丢失的,只能以新的 LEDGER_ORIGIN、新密钥和新数据库另建日志;已发布的日志不得改写"
_LOST_EN: Final = (
    "What is lost for good is followed by a new log with a new LEDGER_ORIGIN, key and database: one that was published is never "
    "rewritten"
)


def other_origin(origin: str, published: str) -> CannotPublish:
    return CannotPublish(
        f"LEDGER_ORIGIN 现为 {origin},而本账本一直以 {published} 的名称发布:请改回 LEDGER_ORIGIN={published}。"
        "另一名称即另一日志,须有自己的数据库和密钥",
        f"LEDGER_ORIGIN is {origin}, but this log was published as {published}: set LEDGER_ORIGIN={published} again. Another name "
        "is another log, with a database and a key of its own",
    )


def key_gone(path: Path, wanted: KeyName) -> CannotPublish:
    return CannotPublish(
        f"签名密钥文件 {path} 不存在,而本日志由密钥 {wanted.id} 签名:请从安全备份恢复该文件。{_LOST_ZH}",
        f"the key file {path} is not there, and this log was signed with the key {wanted.id}: put the file back from its safe "
        f"copy. {_LOST_EN}",
    )


def other_key(path: Path, found: KeyName, wanted: KeyName) -> CannotPublish:
    return CannotPublish(
        f"签名密钥文件 {path} 中是 {found.origin} 的密钥 {found.id},而本日志由 {wanted.origin} 的密钥 {wanted.id} 签名:"
        f"请恢复原密钥文件,或改正 LEDGER_SIGNING_KEY_FILE。{_LOST_ZH}",
        f"the key file {path} holds the key {found.id} of {found.origin}, and this log was signed with the key {wanted.id} of "
        f"{wanted.origin}: put the right file back, or correct LEDGER_SIGNING_KEY_FILE. {_LOST_EN}",
    )


def key_of_another_log(path: Path, found: KeyName, origin: str) -> CannotPublish:
    return CannotPublish(
        f"签名密钥文件 {path} 属于日志 {found.origin},而 LEDGER_ORIGIN 为 {origin};本数据库尚未发布过:"
        f"请设置 LEDGER_ORIGIN={found.origin},或将 LEDGER_SIGNING_KEY_FILE 指向另一个文件(不存在时自动生成密钥)",
        f"the key file {path} is that of the log {found.origin}, and LEDGER_ORIGIN is {origin}; nothing of this database was "
        f"published so far: set LEDGER_ORIGIN={found.origin}, or let LEDGER_SIGNING_KEY_FILE name another file (a key is made "
        "where there is none)",
    )


def fence_without_key(fence: Path, path: Path) -> CannotPublish:
    return CannotPublish(
        f"{fence} 表明日志曾经签署,但密钥文件 {path} 不存在:请从安全备份恢复该文件;"
        "若要建立全新的日志,请将 LEDGER_SIGNING_KEY_FILE 指向另一个文件",
        f"{fence} tells that a log was signed, but the key file {path} is not there: put it back from its safe copy. For a new log "
        "let LEDGER_SIGNING_KEY_FILE name another file",
    )


def foreign_fence(fence: Path, why: Exception) -> CannotPublish:
    return CannotPublish(
        f"{fence} 不是本密钥签署的检查点({why}):若属于其他日志,请连同其密钥一并移走;若文件损坏,请用最近发布的检查点原样替换",
        f"{fence} is no checkpoint signed with this key ({why}): if it belongs to another log, move it away together with that "
        "log's key; if it was damaged, put the last published checkpoint in its place, byte for byte",
    )


def behind(holder_zh: str, holder_en: str, signed: int, here: int) -> CannotPublish:
    return CannotPublish(
        f"{holder_zh}表明已签署 {signed} 条,而本数据库只有 {here} 条:数据库比已签署的日志旧"
        f"(例如由旧备份恢复,或连到落后的副本)。请连接或恢复完整的数据库;其间录入的内容不会发布。{_LOST_ZH}",
        f"{holder_en} tells of {signed} entries that were signed, and this database holds {here}: it is older than what was "
        "signed, as after a restore from an old backup, or on a replica that lags behind. Connect or restore the complete "
        f"database; what is recorded meanwhile is not published. {_LOST_EN}",
    )


def another_tree(holder_zh: str, holder_en: str, signed: int) -> CannotPublish:
    return CannotPublish(
        f"{holder_zh}所记前 {signed} 条与本数据库的内容不同:本数据库不是已签署的那一个(例如是其副本),或内容被改动。"
        f"请连接正确的数据库并运行 pool-ledger check;副本须用自己的 LEDGER_ORIGIN 和密钥。{_LOST_ZH}",
        f"{holder_en} tells of other first {signed} entries than this database holds: it is not the one that was signed (a copy of "
        "it, for instance), or it was changed. Connect the right one and run `pool-ledger check`; a copy needs a LEDGER_ORIGIN and "
        f"a key of its own. {_LOST_EN}",
    )


def damaged(what: str) -> CannotPublish:
    return CannotPublish(
        f"账本的存储前后不一({what}):请运行 pool-ledger check 查明,并从备份恢复",
        f"the ledger's tables do not agree with each other ({what}): run `pool-ledger check` to see where, and restore them",
    )


def unwritable(fence: Path, error: OSError) -> CannotPublish:
    file = error.filename or fence  # a write to a full disk names none
    return CannotPublish(
        f"无法读写密钥旁的检查点文件 {file}({error.strerror}):请检查文件夹、权限和磁盘空间",
        f"the checkpoint beside the key cannot be read or written ({file}: {error.strerror}): look at the folder, its "
        "rights and the space left on the disk",
    )


def not_cosigned(size: int, zh: str, en: str) -> CannotPublish:
    return CannotPublish(
        f"{size} 条的检查点已签署,但见证签名未达到 LEDGER_WITNESSES 要求的数量,暂不发布,将自动重试:{zh}",
        f"the checkpoint of {size} entries is signed, but has not the cosignatures that LEDGER_WITNESSES asks for; it is not "
        f"published yet, and the witnesses are asked again: {en}",
    )
