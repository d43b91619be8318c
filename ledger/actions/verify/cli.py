"""`verify FILE`: the words of the command line, and the report told to a person or a program.

- Exit 0: everything holds. 1: something does not, or could not be looked at. 2: wrong use, in one sentence.
- What FILE is, is told by its content: a proof begins with the line of its format, everything else has to be a bundle.
- The key comes by --key, as it is written or in a file; without one, the only log of the policy that is given by --policy is meant.
- The report goes to stdout, progress to stderr and only to a terminal.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from time import monotonic
from typing import Final, NoReturn, TextIO

from ledger.actions.verify.bundle import verify_bundle
from ledger.actions.verify.head import Trust
from ledger.actions.verify.proof import AtHand, verify_proof
from ledger.actions.verify.report import Report
from ledger.actions.verify.telling import Language, framed
from ledger.proof.entryproofs import HEADER
from ledger.proof.notes import ED25519, BadKey, VerifierKey
from ledger.proof.policies import BadPolicy, Policy

PROGRAM: Final = "pool-ledger verify"
FILE_BYTES_MAX: Final = 1 << 24  # of the small files: keys, policies, checkpoints, an entry
PAUSE_SECONDS: Final = 0.2


class WrongUse(Exception):
    """What cannot be done, in both languages."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh: Final = zh
        self.en: Final = en


class _Parser(argparse.ArgumentParser):
    """Argparse, with its refusals as ours: raised, not printed from within."""

    def error(self, message: str) -> NoReturn:
        raise WrongUse(f"用法不对:{message}", f"wrong use: {message}")


def main(words: Sequence[str]) -> int:
    """The exit code; `words` come after `pool-ledger verify`."""
    language = _language(words)
    try:
        asked = _parser(language).parse_args(words)
        report = _verified(asked, language)
    except WrongUse as wrong:
        _say(sys.stderr, wrong.zh if language == "zh" else wrong.en)
        return 2
    except SystemExit as over:  # --help has been printed
        return int(over.code or 0)
    if asked.json:
        _say(sys.stdout, json.dumps(report.as_json(language), ensure_ascii=False, indent=1))
    elif not asked.quiet:
        _say(sys.stdout, "\n".join(report.as_text(language)))
    return 0 if report.ok else 1


def _parser(language: Language) -> argparse.ArgumentParser:
    def told(zh: str, en: str) -> str:
        return zh if language == "zh" else en

    parser = _Parser(
        prog=PROGRAM,
        description=told(
            "离线核验数据包或存证文件:签名、哈希树、登记序列、记录内容,并重新计算全部指标。",
            "Verify a bundle or a .tlog-proof offline: signature, tree, streams, disclosures, and every figure anew.",
        ),
    )
    parser.add_argument("file", metavar="FILE", help=told("数据包(zip)或 .tlog-proof", "a bundle (zip) or a .tlog-proof"))
    parser.add_argument("--key", metavar="VKEY", help=told("账本的公钥,或含有它的文件", "the log's public key, or a file with it"))
    since = told("早先保存的检查点:账本须由它延续", "an older checkpoint, which the log must continue")
    parser.add_argument("--since", metavar="CHECKPOINT", help=since)
    policy = told("您采信的见证策略(tlog-policy)", "the policy (tlog-policy) whose witnesses you trust")
    parser.add_argument("--policy", metavar="FILE", help=policy)
    entry = told("与存证比对的记录:回执、公开行或叶子", "with a proof: the entry to compare (receipt, disclosure or leaf)")
    parser.add_argument("--entry", metavar="FILE", help=entry)
    parser.add_argument("--json", action="store_true", help=told("以 JSON 报告", "report as JSON"))
    parser.add_argument("--lang", choices=("zh", "en"), help=told("报告的语言", "the language of the report"))
    parser.add_argument("--quiet", action="store_true", help=told("只以退出码作答", "answer by the exit code alone"))
    return parser


def _verified(asked: argparse.Namespace, language: Language) -> Report:
    policy = _policy(asked.policy)
    key = _key(asked.key, policy)
    since = None if asked.since is None else _content(asked.since, "--since")
    entry = None if asked.entry is None else AtHand(asked.entry, _content(asked.entry, "--entry"))
    trust = Trust(key, policy, since, asked.since or "")
    try:
        with Path(asked.file).open("rb") as file:
            begins = file.read(len(HEADER) + 1)
        if begins == f"{HEADER}\n".encode():
            if since is not None:
                raise WrongUse("--since 只用于数据包", "--since goes with a bundle, and this is a proof")
            return verify_proof(asked.file, trust, entry)
        if entry is not None:
            raise WrongUse("--entry 只用于存证文件", "--entry goes with a proof, and this is none")
        try:
            return verify_bundle(asked.file, trust, _progress(language))
        finally:
            _say_progress("")
    except OSError as error:
        raise _unreadable(asked.file, error) from error


def _key(text: str | None, policy: Policy | None) -> VerifierKey:
    """The log's key: as it was given, or from the file that was named, or the one of the policy."""
    if text is None:
        if policy is None or len(policy.logs) != 1:
            raise WrongUse(
                "请以 --key 给出账本的公钥,或以 --policy 给出只含一个账本的策略",
                "give the log's key by --key, or by --policy a policy with one log",
            )
        return policy.logs[0]
    where = "--key"
    if Path(text).is_file():
        where, text = text, _content(text, "--key").decode("utf-8", "replace").strip()
    try:
        key = VerifierKey.parse(text)
    except BadKey as bad:
        raise WrongUse(f"{where}:不是公钥,也不是文件({bad})", f"{where}: is neither a key nor a file ({bad})") from bad
    if key.type != ED25519:
        raise WrongUse(f"{where}:不是账本的公钥,而是见证人的", f"{where}: is not the key of a log but that of a witness")
    if policy is not None and policy.logs and key not in policy.logs:
        raise WrongUse(f"{where}:所给策略不含这一账本", f"{where}: the policy that was given does not know this log")
    return key


def _policy(path: str | None) -> Policy | None:
    if path is None:
        return None
    try:
        return Policy.parse(_content(path, "--policy").decode("utf-8"))
    except (BadPolicy, UnicodeDecodeError) as bad:
        raise WrongUse(f"{path}:不是见证策略({bad})", f"{path}: is not a policy ({bad})") from bad


def _content(path: str, option: str) -> bytes:
    try:
        with Path(path).open("rb") as file:
            data = file.read(FILE_BYTES_MAX + 1)
    except (OSError, ValueError) as error:
        raise _unreadable(f"{option} {path}", error) from error
    if len(data) > FILE_BYTES_MAX:
        raise WrongUse(f"{option} {path}:文件过大", f"{option} {path}: is too big")
    return data


def _unreadable(what: str, error: Exception) -> WrongUse:
    why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return WrongUse(f"{what}:无法读取({why})", f"{what}: cannot be read ({why})")


# --- how it is told --------------------------------------------------------------------------------------------------


def _language(words: Sequence[str]) -> Language:
    """As --lang says, which must be known before the words are read; else that of the locale."""
    for word, following in zip(words, [*words[1:], ""], strict=True):
        said = following if word == "--lang" else word.removeprefix("--lang=")
        if said in ("zh", "en") and word.startswith("--lang"):
            return "zh" if said == "zh" else "en"
    locale = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "zh" if locale.startswith("zh") else "en"


def _say(stream: TextIO, text: str) -> None:
    """Text as UTF-8, whatever the locale is: a report with Chinese names must not end in an encoding error."""
    data = f"{text}\n".encode("utf-8", "backslashreplace")
    stream.flush()
    if (buffer := getattr(stream, "buffer", None)) is not None:
        buffer.write(data)
    else:  # something that stands in for a stream, in a notebook or a test
        stream.write(data.decode())
    stream.flush()


def _progress(language: Language) -> Callable[[str, int, int], None]:
    told_at = 0.0

    def progress(check: str, done: int, total: int) -> None:
        nonlocal told_at
        if (now := monotonic()) - told_at >= PAUSE_SECONDS:
            told_at = now
            _say_progress(f"{framed(f'title.{check}', language)} {100 * done // max(total, 1)} %")

    return progress


def _say_progress(text: str) -> None:
    """In place of what was said before; to people only."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()
