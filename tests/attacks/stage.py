"""Where attacks are played: the real application over a ledger in which each centre's words carry a mark of their own.

- What belongs to a centre holds its mark wherever people write: texts, numbers, names, keys of requests. No caller who may not read
  a centre is ever answered its mark, in whatever spelling; every answer is looked over for that before anything else.
- A `Foe` is somebody who tries. What comes back is told in words, `403 forbidden` or `200`: the answers that stand in the tables.
- `Attack` is one thing that is tried: under which name, by whom, and the answers that there must be, all of them and no others.
"""

import base64
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from joserfc.jwk import ECKey
from werkzeug.test import TestResponse

from tests.actions import scene
from tests.actions.scene import BANK, FIRM, OPERATOR, licence, patent, patent_id
from tests.issuer import AUDIENCE, Issuer, ec, issuer
from tests.web.service import Caller, Service, played

CENTRES = ("c1", "c2")
VERDICTS = ("verdict-on-c1", "verdict-on-c2")  # the office's words on a centre, in its own stream
MASTERS = ("master-of-c1", "master-of-c2")  # beside what a centre registered for all: offices see it wherever they are
STREAM = {"c1": 21, "c2": 22}  # a patent that each registers

Answers = Iterator[str]


def mark(centre: str) -> str:
    return f"canary.{centre}.of.{centre}.canary"


def others_than(centre: str | None) -> list[str]:
    return [one for one in (*CENTRES, *VERDICTS, *MASTERS) if centre is None or not one.endswith(centre)]


def spellings(text: str) -> list[bytes]:
    """As it stands, in hexadecimal, and in base64 wherever in a text it begins."""
    raw = text.encode()
    base64s = []
    for before in range(3):
        # The digits at either end hang on what stands beside the text.
        digits = base64.b64encode(b"\0" * before + raw)
        base64s.append(digits[4 if before else 0 : -4])
    return [raw, raw.hex().encode(), *base64s]


@dataclass
class Foe:
    """Somebody who tries, and whose words they must not be told."""

    caller: Caller
    blind_to: Sequence[str] = (*CENTRES, *VERDICTS, *MASTERS)
    answers: list[TestResponse] = field(default_factory=list)

    def ask(self, method: str, path: str, **told: Any) -> str:
        response = self.caller.ask(method, path, **told)
        self.answers.append(response)
        return self.told(response)

    def get(self, path: str, **headers: str) -> str:
        return self.ask("GET", path, headers=headers)

    def post(self, path: str, value: Any = None, *, raw: bytes | None = None, **headers: str) -> str:
        data = json.dumps(value, ensure_ascii=False).encode() if raw is None else raw
        return self.ask("POST", path, data=data, headers={"Content-Type": "application/json"} | headers)

    @property
    def last(self) -> TestResponse:
        return self.answers[-1]

    def told(self, response: TestResponse) -> str:
        body = response.get_data()
        assert response.status_code != 500, body[:1000]
        self.look_over(body, str(response.headers).encode())
        if response.status_code < 400:
            return str(response.status_code)
        code = response.json["code"] if response.is_json else "in words of somebody else"  # type: ignore[index]
        return f"{response.status_code} {code}"

    def look_over(self, body: bytes, headers: bytes) -> None:
        """Nothing that they are told is of those they may not read."""
        for centre in self.blind_to:
            for spelling in spellings(mark(centre)):
                assert spelling not in body, f"they are told of {centre}: {body[:1000]!r}"
                assert spelling not in headers, f"they are told of {centre}: {headers!r}"


@dataclass
class Stage:
    service: Service
    issuer: Issuer
    of: dict[str, list[int]]  # the entries that each centre has said
    own_key: ECKey = field(default_factory=lambda: ec("ec-1"))  # a forger's, by the name of the issuer's

    def foe(self, role: str, centre: str | None = None, region: str | None = None) -> Foe:
        blind_to = {
            "recorder": others_than(centre),
            "signatory": others_than(centre),
            "reader": others_than(None),
            "authority": ["c2"] if region == "420100" else ["c1"] if region == "420500" else [],
            "auditor": [],
        }[role]
        return Foe(self.service.as_(role, centre, region), blind_to)

    @property
    def nobody(self) -> Foe:
        return Foe(self.service.nobody)

    def bearing(self, token: str, **headers: str) -> Foe:
        """Somebody with a token of their own making, at an address of their own."""
        return Foe(Caller(self.service.app, token, headers))


@dataclass(frozen=True, kw_only=True)
class Attack:
    """One thing that is tried. `answers` are all that come back, whichever of its tries they answer."""

    id: str
    tried: str
    by: str
    answers: str  # parted by " · "
    tries: Callable[[Any], Answers]
    writes: bool = False  # something is recorded on the way, as it may be

    @property
    def row(self) -> tuple[str, ...]:
        return self.id, self.tried, self.by, self.answers


class Book:
    """A table of attacks, filled by a decorator over what is tried."""

    def __init__(self, letter: str) -> None:
        self.letter = letter
        self.attacks: list[Attack] = []

    def __call__(self, tried: str, *, by: str, answers: str, writes: bool = False) -> Callable[..., None]:
        def keep(tries: Callable[[Any], Answers]) -> None:
            id_ = f"{self.letter}{len(self.attacks) + 1}"
            self.attacks.append(Attack(id=id_, tried=tried, by=by, answers=answers, tries=tries, writes=writes))

        return keep


@contextmanager
def set_up(url: str, **settings: Any) -> Iterator[Stage]:
    with issuer(ec("ec-1")) as one, played(url, oidc_issuer=one.url, oidc_audience=AUDIENCE, **settings) as service:
        yield Stage(service, one, {centre: speak(service, centre) for centre in CENTRES})


def speak(service: Service, centre: str) -> list[int]:
    """A little of everything that is nobody else's business; the indices."""
    own, number = mark(centre), STREAM[centre]
    said = [
        ("pool", {"pool_id": f"pool of {centre}", "name": own, "industry": own, "operator": OPERATOR, "action": "open",
                  "on": "2026-01-05"}),
        ("pool", {"pool_id": f"{own}/pool", "name": own, "industry": "laser", "operator": OPERATOR, "action": "open",
                  "on": "2026-01-05"}),
        ("admission", {"pool_id": f"pool of {centre}", "patents": [patent_id(number)], "on": "2026-01-06", "agreement_no": own}),
        licence("S-1", [number], amount="7654321.00", registered_on="2026-01-10", registration_no=own, royalty_text=own,
                tech_contract_no=own),
        licence(f"{own}/L", [1], registered_on="2026-01-11"),
        ("payment", {"deal_no": "S-1", "received_on": "2026-01-20", "amount": "7654.00", "payment_type": "upfront"}),
        ("activity", {"activity_type": "roadshow", "title": own, "held_on": "2026-01-09", "hosts": [own],
                      "attendees": [{"token": own, "employer": FIRM}]}),
        ("output", {"output_type": "brand", "ref_no": own, "title": own, "on": "2026-01-20", "status": "published"}),
        ("pledge", {"loan_ref": own, "action": "new", "registered_on": "2026-01-21", "borrower": FIRM, "pledgors": [FIRM],
                    "pledgee": BANK, "rights": [{"right_kind": "patent", "right_id": patent_id(number)}],
                    "loan_amount": "7654320.00"}),
        ("baseline", {"metric": "hei_sme_amount", "subject": centre, "from": "2023-08-01", "to": "2024-08-01", "value": "765.00",
                      "source": own}),
    ]  # fmt: skip
    token = service.as_("recorder", centre)
    items = [
        {"kind": kind, "centre": centre, "body": body, "evidence": [{"sha256": "ab" * 32, "title": title}]}
        for (kind, body), title in [(patent(number), mark(f"master-of-{centre}")), *((one, own) for one in said)]
    ]
    receipt = token.post("/v1/entries/batch", {"entries": items}, Idempotency_Key=own)
    assert receipt.status_code == 201, receipt.text
    first = receipt.json["first"]  # type: ignore[index]
    indices = list(range(first, first + len(items)))
    licensed = indices[4]
    scene.say(service.ledger, "authority", "hb-ipo", ("attestation", {"entry": licensed, "verdict": "verified",
                                                                       "note": mark(f"verdict-on-{centre}")}))  # fmt: skip
    slip = ("activity", {"activity_type": "training", "title": own, "held_on": "2026-02-01"})
    at = scene.say(service.ledger, "recorder", centre, slip)
    scene.say(service.ledger, "recorder", centre, ("reversal", {"entry": at, "reason": "data_error", "note": own}))
    return [*indices, at, at + 1]
