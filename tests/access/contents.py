"""What stands in the answers: of lists and histories, what each caller finds in them, by the names of the entries.

`*` in a name stands for anything. All is written down from DESIGN section 7 and RULINGS 9, 44 and 52.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from werkzeug.test import TestResponse

from tests.access.scenery import METRO, patent_of

# --- entries ---------------------------------------------------------------------------------------------------------

_WUHAN: Final = ("wh-optics:*", "wh-park:*", "wh-later:*")
_OF_WH_OPTICS: Final = (
    "wh-optics:*", "hb-ipo:centre wh-optics", "hb-ipo:participation wh-optics", "hb-ipo:* wh-optics", "wh-ipo:* wh-optics",
)  # fmt: skip
_OF_YC_CHEM: Final = (
    "yc-chem:*", "hb-ipo:centre yc-chem", "hb-ipo:participation yc-chem", "hb-ipo:* yc-chem", "hb-ipo:verdict on the claim",
)  # fmt: skip

ENTRIES: Final[Mapping[str, tuple[str, ...]]] = {
    "recorder": _OF_WH_OPTICS,
    "signatory": _OF_WH_OPTICS,
    "neighbour": _OF_YC_CHEM,
    "colleague": _OF_YC_CHEM,
    "park": ("wh-park:*", "hb-ipo:* wh-park", "hb-ipo:participation of the park"),
    "stranger": ("nj-soft:*", "js-ipo:* nj-soft"),
    "province": ("hb-ipo:*", "wh-ipo:*", *_WUHAN, "yc-chem:*"),
    "narrowed": ("hb-ipo:*", "yc-chem:*"),
    "city": ("wh-ipo:*", *_WUHAN),
    "abroad": ("js-ipo:*", "nj-soft:*"),
    "auditor": ("*",),
}
# Lists by what entries have in common hold what the auditor finds there, as far as the caller may see it.
FILTERS: Final = (
    "centre=wh-optics", "centre=yc-chem", "centre=hb-ipo", "kind=licence", "kind=participation", "kind=attestation",
    f"patent={patent_of('wh-optics', 9)}", f"party={METRO}", "deal_no=L-1", "since=60&until=150",
)  # fmt: skip

# Marks that a caller may come across at all, whatever is asked: see `tests.access.scenery`.
_PAPERS: Final = ("papers-of-*",)  # patents and parties are shown whole to whoever sees all of them
MARKS: Final[Mapping[str, tuple[str, ...]]] = {
    "nobody": (),
    "revoked": (),
    "recorder": ("*-of-wh-optics", "word-of-*-on-wh-optics"),
    "signatory": ("*-of-wh-optics", "word-of-*-on-wh-optics"),
    "neighbour": ("*-of-yc-chem", "word-of-*-on-yc-chem"),
    "colleague": ("*-of-yc-chem", "word-of-*-on-yc-chem"),
    "park": ("*-of-wh-park", "word-of-*-on-wh-park"),
    "stranger": ("*-of-nj-soft", "word-of-*-on-nj-soft"),
    "province": (*_PAPERS, "secret-of-wh-*", "secret-of-yc-chem", "word-of-hb-ipo-on-*", "word-of-wh-ipo-on-*"),
    "narrowed": (*_PAPERS, "secret-of-yc-chem", "word-of-hb-ipo-on-*"),
    # The history of a deal tells what was said of it, whoever said it (RULINGS 39).
    "city": (*_PAPERS, "secret-of-wh-*", "word-of-wh-ipo-on-*", "word-of-hb-ipo-on-wh-*"),
    "abroad": (*_PAPERS, "secret-of-nj-soft", "word-of-js-ipo-on-*"),
    "reader": (),
    "auditor": ("*",),
}

# --- everything else -------------------------------------------------------------------------------------------------

Names = Mapping[int, str]


class Content(NamedTuple):
    """A request, how its answer is read, and what each caller finds; who is not there is not asked."""

    path: str
    read: Callable[[TestResponse, Names], Any]
    expected: Mapping[str, Any]


def _json(response: TestResponse) -> Any:
    return response.json


def pool_ids(response: TestResponse, _: Names) -> Any:
    return [one["pool_id"] for one in _json(response)["items"]]


def told_whole(response: TestResponse, names: Names) -> Any:
    """Of a history: all entries, and those with body and evidence."""
    history = _json(response)["history"]
    assert all(bool(one["body"]) == bool(one["evidence"]) for one in history), "each entry of these histories has evidence"
    return [names[one["index"]] for one in history], [names[one["index"]] for one in history if one["body"]]


def subjects(response: TestResponse, _: Names) -> Any:
    return [one["subject"] for one in _json(response)["items"]]


def recorded_by_lines(response: TestResponse, names: Names) -> Any:
    return sorted({names[one["entry"]] for one in _json(response)["items"]})


def moved(response: TestResponse, names: Names) -> Any:
    """The entries that moved the number of deals."""
    (target,) = (one for one in _json(response)["targets"] if one["id"] == "times")
    return sorted(names[index] for index in target["entries"])


def loans_by_year(response: TestResponse, _: Names) -> Any:
    (target,) = (one for one in _json(response)["targets"] if one["id"] == "pledge")
    return [tuple(part.get(name) for name in ("value", "verified", "base", "suppressed")) for part in target["parts"]]


def published(response: TestResponse, names: Names) -> Any:
    """Of the only acceptance: the money that was published, the same as known now, what moved it, and the office's note."""
    (one,) = _json(response)["items"]
    shown = [{row["id"]: row for row in one[card]["targets"]}["amount"] for card in ("published", "now")]
    moved_ = {m["id"]: (m["before"], m["after"], [names[i] for i in m["entries"]]) for m in one["changes"]["targets"]}
    return [(row["value"], row.get("suppressed")) for row in shown], moved_["amount"], bool(one["note"])


def rows(response: TestResponse, _: Names) -> Any:
    return [(one.get("centre"), one["value"], one.get("suppressed")) for one in _json(response)["rows"]]


def _figures(targets: Any) -> Any:
    shown = {one["id"]: one for one in targets}
    return {
        id_: tuple(shown[id_].get(name) for name in ("value", "verified", "completion", "target", "met", "suppressed"))
        for id_ in ("times", "amount", "pledge")
    }


def figures(response: TestResponse, _: Names) -> Any:
    card = _json(response)
    pending = {one["id"]: one["pending"]["amount"] for one in card["targets"]}
    return _figures(card["targets"]), pending["amount"], pending["times"]


def figures_of_all(response: TestResponse, _: Names) -> Any:
    return {one["subject"]: _figures(one["targets"]) for one in _json(response)["items"]}["wh-optics"]


def only(*who: str, found: Any) -> dict[str, Any]:
    return dict.fromkeys(who, found)


_HISTORY: Final = ["wh-optics:patent 9", "wh-optics:patent of both", "yc-chem:patent of both", "hb-ipo:patent_status"]
_METRO: Final = ["hb-ipo:party metro", "wh-optics:party metro", "yc-chem:party metro"]
_TWO: Final = [f"{code}:licence 2024" for code in ("wh-optics", "wh-park")]
_THREE: Final = [*_TWO, "yc-chem:licence 2024"]
_FOUR: Final = ["nj-soft:licence 2024", *_THREE]
# Deals of the years of a programme, counted or not; those that no register knows yet wait where all else fits.
_DATED: Final = ("licence", "licence park", "transfer")
_OWN: Final = [f"wh-optics:{what}" for what in (
    "licence", "licence claimed", "licence park", "licence undated", "open_licence", "transfer",
)]  # fmt: skip
_WH_OPTICS: Final = sorted(f"wh-optics:{what}" for what in (*_DATED, "licence claimed"))
_WH_PARK: Final = [f"wh-park:{what}" for what in _DATED]
_YC_CHEM: Final = sorted(f"yc-chem:{what}" for what in (*_DATED, "licence claimed"))
_NJ_SOFT: Final = [f"nj-soft:{what}" for what in _DATED]

_OFFICIAL: Final = ("province", "narrowed", "city", "abroad", "auditor")
_SHOWN: Final = {
    "times": ("2", "2", "0.66", "300", None, None),
    "amount": ("30.00", "30.00", "0.60", "5000.00", None, None),
    "pledge": ("500.00", "0.00", "10.00", "5000.00", None, None),
}
_HIDDEN: Final = _SHOWN | {
    "amount": (None, None, None, "5000.00", None, True),
    "pledge": (None, None, None, "5000.00", None, True),
}
_ACCEPTED: Final = [("30.00", None), ("0.00", None)]
_BY_CENTRE: Final = [("nj-soft", "90.00"), ("wh-optics", "90.00"), ("wh-park", "90.00"), ("yc-chem", "120.00")]

CONTENTS: Final = (
    Content("/v1/pools", pool_ids, {
        **only("recorder", "signatory", found=["Q-wh-optics"]),
        **only("neighbour", "colleague", "narrowed", found=["Q-yc-chem"]),
        "park": ["Q-wh-park"],
        **only("stranger", "abroad", found=["Q-nj-soft"]),
        "province": ["Q-wh-optics", "Q-wh-park", "Q-yc-chem"],
        "city": ["Q-wh-optics", "Q-wh-park"],
        "auditor": ["Q-wh-optics", "Q-wh-park", "Q-yc-chem", "Q-nj-soft"],
    }),
    Content(f"/v1/patents/{patent_of('wh-optics', 9)}", told_whole, {
        **only("recorder", "signatory", found=(_HISTORY, ["wh-optics:patent 9", "wh-optics:patent of both"])),
        **only("neighbour", "colleague", found=(_HISTORY, ["yc-chem:patent of both"])),
        **only("park", "stranger", found=(_HISTORY, [])),
        **only(*_OFFICIAL, found=(_HISTORY, _HISTORY)),
    }),
    Content(f"/v1/parties/{METRO}", told_whole, {
        **only("recorder", "signatory", found=(_METRO, ["wh-optics:party metro"])),
        **only("neighbour", "colleague", found=(_METRO, ["yc-chem:party metro"])),
        **only("park", "stranger", found=(_METRO, [])),
        **only(*_OFFICIAL, found=(_METRO, _METRO)),
    }),
    Content("/v1/programmes/hubei-2025/scorecards", subjects, {
        **only("recorder", "signatory", found=["wh-optics"]),
        **only("neighbour", "colleague", found=["yc-chem"]),
        "park": ["wh-park"],
        "stranger": ["nj-soft"],
        **only(*_OFFICIAL, "reader", found=["nj-soft", "wh-optics", "wh-park", "yc-chem"]),
    }),
    Content("/v1/programmes/hubei-2024-city/scorecards", subjects, {
        **only("recorder", "neighbour", "park", "stranger", found=[]),
        **only(*_OFFICIAL, "reader", found=["420100", "420500"]),
    }),
    Content("/v1/programmes/hubei-2025/scorecards/wh-optics/lines?target=times", recorded_by_lines, {
        **only("recorder", "signatory", "province", "city", "auditor", found=_OWN),
    }),
    Content("/v1/programmes/hubei-2024-city/scorecards/420100/lines?target=times", recorded_by_lines, {
        "province": _THREE, "city": _TWO, "auditor": _FOUR,
    }),
    Content("/v1/programmes/hubei-2024-city/scorecards/420500/lines?target=times", recorded_by_lines, {
        "province": _THREE, "narrowed": ["yc-chem:licence 2024"], "auditor": _FOUR,
    }),
    Content("/v1/programmes/jiangsu-2024-park/scorecards/wh-park/lines?target=patents", recorded_by_lines, {
        "park": _WH_PARK,
        "city": [*_WH_OPTICS, *_WH_PARK],
        "province": [*_WH_OPTICS, *_WH_PARK, *_YC_CHEM],
        "auditor": [*_NJ_SOFT, *_WH_OPTICS, *_WH_PARK, *_YC_CHEM],
    }),
    # An office gave the claim of wh-optics to its neighbour, and said so to the neighbour.
    Content("/v1/programmes/hubei-2025/scorecards/wh-optics/changes?since={hb-ipo:verdict on the claim}", moved, {
        **only("recorder", "signatory", "city", found=[]),
        **only("province", "auditor", found=["hb-ipo:verdict on the claim"]),
    }),
    Content("/v1/programmes/hubei-2024-city/scorecards/420100/changes?since={wh-optics:licence 2024}", moved, {
        "province": _THREE, "city": _TWO, "auditor": _FOUR,
    }),
    # What was accepted is everybody's who sees the scorecard; entries and the note are for those who read them.
    Content("/v1/programmes/hubei-2025/scorecards/wh-optics/published", published, {
        **only("recorder", "signatory", found=(_ACCEPTED, ("30.00", "0.00", []), True)),
        **only("province", "auditor", found=(_ACCEPTED, ("30.00", "0.00", ["hb-ipo:verdict on the claim"]), True)),
        "narrowed": (_ACCEPTED, ("30.00", "0.00", ["hb-ipo:verdict on the claim"]), True),
        **only("city", "abroad", found=(_ACCEPTED, ("30.00", "0.00", []), False)),
        "reader": ([(None, True), ("0.00", None)], (None, "0.00", []), False),
    }),
    Content("/v1/programmes/jiangsu-2024-park/scorecards/wh-park", loans_by_year, {
        **only("park", *_OFFICIAL, found=[("2000.00", "0.00", "0.00", None), ("0.00", "0.00", "2000.00", None)]),
        "reader": [(None, None, None, True), ("0.00", "0.00", "2000.00", None)],
    }),
    # Figures of money that rest on one or two takers are not for readers; counts, targets and the outcome are.
    Content("/v1/programmes/hubei-2025/scorecards/wh-optics", figures, {
        "reader": (_HIDDEN, None, "60.00"),
        **only("recorder", "signatory", *_OFFICIAL, found=(_SHOWN, "60.00", "60.00")),
    }),
    Content("/v1/programmes/hubei-2025/scorecards", figures_of_all, {
        "reader": _HIDDEN,
        **only("recorder", "signatory", *_OFFICIAL, found=_SHOWN),
    }),
    Content("/v1/totals?metric=hei_sme_amount&centre=wh-optics", rows, {
        "reader": [(None, None, True)],
        **only("recorder", "signatory", *_OFFICIAL, found=[(None, "60.00", None)]),
    }),
    Content("/v1/totals?metric=hei_sme_times&centre=wh-optics", rows, only("recorder", "reader", found=[(None, "3", None)])),
    Content("/v1/totals?metric=hei_enterprise_amount", rows, only(*_OFFICIAL, "reader", found=[(None, "390.00", None)])),
    Content("/v1/totals?metric=hei_enterprise_amount&group_by=centre", rows, {
        "reader": [(code, None, True) for code, _ in _BY_CENTRE],
        **only(*_OFFICIAL, found=[(code, value, None) for code, value in _BY_CENTRE]),
    }),
)  # fmt: skip

# --- bundles ---------------------------------------------------------------------------------------------------------

# Of other streams a centre's bundle discloses master data and what offices said of the centre; of no other centre anything else.
DISCLOSED: Final = (
    "wh-optics:*", "hb-ipo:centre *", "hb-ipo:party *", "hb-ipo:patent_status", "hb-ipo:participation wh-optics",
    "hb-ipo:* wh-optics", "wh-ipo:* wh-optics", "yc-chem:patent of both", "yc-chem:party metro",
)  # fmt: skip
