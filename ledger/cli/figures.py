"""Commands about figures: a scorecard on the terminal, and programme files checked before they are used."""

import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from ledger.cli.shell import language, opened, table

LEVELS = ("recorded", "attested", "verified")

HEADINGS: Mapping[str, tuple[str, ...]] = {
    "zh": ("条款", "指标", "单位", "期间", "目标", "完成值", "其中核验", "完成率", "结论", "备注"),
    "en": ("clause", "target", "unit", "window", "asked", "value", "verified", "done", "met", "beside it"),
}
NUMBERS = (4, 5, 6, 7)
MET: Mapping[str, Mapping[bool | None, str]] = {
    "zh": {True: "达成", False: "未达成", None: "未定"},
    "en": {True: "yes", False: "no", None: "open"},
}


@click.command()
@click.argument("programme")
@click.argument("subject")
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), metavar="DAY", help="Seen at the end of this day; today if left out.")
@click.option("--known-at", metavar="SIZE|INSTANT", help="As the log stood then; all of it if left out.")
@click.option("--level", type=click.Choice(LEVELS), default="recorded", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="The answer of the API instead of a table.")
def score(programme: str, subject: str, on: datetime | None, known_at: str | None, level: str, as_json: bool) -> None:
    """The scorecard of SUBJECT (a centre's code, or six digits) in PROGRAMME."""
    from ledger.actions.score import scorecard
    from ledger.facts.actors import Actor

    with opened() as ledger, ledger.read() as reading:
        day = on.date() if on else None
        asked = scorecard(
            reading, Actor("auditor", "pool-ledger"), programme, subject, on=day, known_at=known_at, level=level
        )  # fmt: skip
        card = asked.answer()
        title = ledger.catalogue.programmes[programme].title
    if as_json:
        click.echo(json.dumps(card, ensure_ascii=False, indent=2))
    else:
        click.echo(as_text(card, title.zh if language() == "zh" else title.en))


@click.group()
def programmes() -> None:
    """KPI programmes: TOML files of metrics and targets."""


@programmes.command("check")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
def check_programmes(files: tuple[Path, ...]) -> None:
    """Whether FILES (or folders of them) can stand beside the built-in programmes; every fault with its file and key."""
    from ledger.kpi.language import BadProgrammes, check_files

    try:
        found = check_files(files)
    except BadProgrammes as error:
        for fault in error.faults:
            click.echo(str(fault))
        raise click.exceptions.Exit(1) from None
    click.echo(f"in order: {len(found.metrics)} metrics and {len(found.programmes)} programmes with the built-in ones")


# --- a scorecard as text ---------------------------------------------------------------------------------------------


def as_text(card: Mapping[str, Any], title: str) -> str:
    """A scorecard in columns, each part of a target below it; hidden targets are no rows (RULINGS 2)."""
    tongue = language()
    period, known = card["period"], card["known_at"]
    facts = {
        "zh": ("考核期", "截至", "口径", "账本记录数", "总体"),
        "en": ("period", "on", "level", "log size", "overall"),
    }[tongue]
    told = (_span(period) if period else "—", card["on"], card["level"], str(known["size"]), MET[tongue][card["met"]])
    head = f"{title} · {card['subject']}\n" + "  ".join(f"{name} {value}" for name, value in zip(facts, told, strict=True))
    rows = [row for target in card["targets"] if not target.get("hidden") for row in _rows(target, tongue)]
    return f"{head}\n\n{table([HEADINGS[tongue], *rows], right=NUMBERS)}"


def _rows(target: Mapping[str, Any], tongue: str) -> Iterator[tuple[str, ...]]:
    label = target["label"][tongue]
    window = target["window"]
    yield (
        target["clause"], label, target["unit"] or "", _span(window) if window["to"] else "", *_figures(target, target["op"]),
        MET[tongue][target["met"]], _beside(target, tongue),
    )  # fmt: skip
    for part in target["parts"]:
        yield ("", "", "", _span(part["window"]), *_figures(part, target["op"]), MET[tongue][part["met"]], "")


def _figures(row: Mapping[str, Any], op: str | None) -> tuple[str, ...]:
    asked = f"{op} {row['target']}" if row["target"] is not None else ""
    completion = f"{row['completion']}%" if row["completion"] is not None else ""
    return asked, row["value"] or "", row["verified"] or "", completion


def _beside(target: Mapping[str, Any], tongue: str) -> str:
    """What is not in the figure: pending, of unknown amount, excluded."""
    words = {"zh": ("待登记", "金额未知", "未计入"), "en": ("pending", "amount unknown", "excluded")}[tongue]
    said = []
    if target["pending"]["lines"]:
        said.append(f"{words[0]} {target['pending']['lines']}")
    if target["missing_amounts"]:
        said.append(f"{words[1]} {target['missing_amounts']}")
    if target["excluded"]:
        said.append(f"{words[2]} " + ", ".join(f"{name} {lines}" for name, lines in target["excluded"].items()))
    return "; ".join(said)


def _span(window: Mapping[str, str | None]) -> str:
    """A window by its first and its last day."""
    assert window["to"] is not None
    last = date.fromordinal(date.fromisoformat(window["to"]).toordinal() - 1).isoformat()
    return f"… {last}" if window["from"] is None else f"{window['from']} … {last}"
