"""Tables that line up for Chinese readers, and progress for people only."""

import sys

import pytest

from ledger.cli import shell


@pytest.mark.parametrize(
    ("text", "columns"),
    [("abc", 3), ("指标", 4), ("A类(甲)", 7), ("全角\uff21", 6), ("e\u0301", 1), ("万元/年", 7), ("", 0)],
)
def test_chinese_characters_take_two_columns(text: str, columns: int) -> None:
    assert shell.width(text) == columns


def test_columns_line_up_whatever_they_hold() -> None:
    lines = shell.table([("名称", "n"), ("许可", "5"), ("licence", "12")], right=[1]).splitlines()
    assert lines == ["名称      n", "───────  ──", "许可      5", "licence  12"]
    assert {shell.width(line) for line in lines} == {11}


@pytest.mark.parametrize(
    ("told", "language"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C.UTF-8"}, "en"),
        ({"LANG": "C.UTF-8", "LC_MESSAGES": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": ""}, "zh"),
    ],
)
def test_the_language_is_that_of_the_locale(monkeypatch: pytest.MonkeyPatch, told: dict[str, str], language: str) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    assert shell.language() == language


@pytest.mark.parametrize("tty", [True, False])
def test_progress_is_drawn_on_a_terminal_only(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tty: bool
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: tty)
    with shell.progress("Checking") as shown:
        shown(1, 2)
        shown(2, 2)
    told = capsys.readouterr()
    assert told.out == ""
    assert ("Checking" in told.err) == tty
    assert ("100%" in told.err) == tty
