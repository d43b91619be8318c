"""Every route, and whom it answers: the table of DESIGN section 7 with RULINGS 43 to 45 and 52, row by row.

Under each route stand requests that are told apart by whose affairs they ask for. `{NAME}` is the index of the entry of that name.
The columns are the callers of `tests.access.house`, in this order:

    u u  nobody, revoked
    . .  recorder, signatory          of wh-optics, a centre in Wuhan
    . .  neighbour, colleague         recorder and signatory of yc-chem, a centre in Yichang
    . .  park, stranger               recorders of wh-park in Wuhan, and of nj-soft in the other province
    . .  province, narrowed           hb-ipo; and the same office with a token for Yichang alone
    . .  city, abroad                 wh-ipo, for Wuhan; js-ipo, of the other province
    . .  reader, auditor

y is answered; n forbidden (403); u not known (401); - not there (404); x refused for what was asked (422);
e is done, and there is nothing to say (204).
"""

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

STATUS: Final = {"y": 200, "n": 403, "u": 401, "-": 404, "x": 422, "e": 204}

TABLE: Final = """
GET /v1/entries
    /v1/entries                                                                                  uu yyyyyy yyyy ny
    /v1/entries?centre=yc-chem                                                                   uu yyyyyy yyyy ny

GET /v1/entries/<index:index>
    /v1/entries/{wh-optics:licence}                                                              uu yynnnn ynyn ny
    /v1/entries/{wh-optics:baseline}                                                             uu yynnnn ynyn ny
    /v1/entries/{wh-optics:closing through 2025-08-05}                                           uu yynnnn ynyn ny
    /v1/entries/{yc-chem:licence}                                                                uu nnyynn yynn ny
    /v1/entries/{wh-park:licence}                                                                uu nnnnyn ynyn ny
    /v1/entries/{nj-soft:licence}                                                                uu nnnnny nnny ny
    /v1/entries/{yc-chem:party}                                                                  uu nnyynn yynn ny
    /v1/entries/{wh-later:party}                                                                 uu nnnnnn ynyn ny
    /v1/entries/{hb-ipo:party metro}                                                             uu nnnnnn yynn ny
    /v1/entries/{hb-ipo:centre wh-optics}                                                        uu yynnnn yynn ny
    /v1/entries/{hb-ipo:participation wh-optics}                                                 uu yynnnn yynn ny
    /v1/entries/{hb-ipo:participation 420100}                                                    uu nnnnnn yynn ny
    /v1/entries/{hb-ipo:baseline of wh-optics}                                                   uu yynnnn yynn ny
    /v1/entries/{hb-ipo:closing of wh-optics}                                                    uu yynnnn yynn ny
    /v1/entries/{hb-ipo:verdict on wh-optics}                                                    uu yynnnn yynn ny
    /v1/entries/{hb-ipo:reversal at wh-optics}                                                   uu yynnnn yynn ny
    /v1/entries/{hb-ipo:verdict on the claim}                                                    uu nnyynn yynn ny
    /v1/entries/{wh-ipo:verdict on wh-optics}                                                    uu yynnnn ynyn ny
    /v1/entries/{wh-ipo:party}                                                                   uu nnnnnn ynyn ny
    /v1/entries/{js-ipo:participation nj-soft}                                                   uu nnnnny nnny ny
    /v1/entries/999999                                                                           uu ------ ---- n-

GET /v1/entries/<index:index>/proof
    /v1/entries/{wh-optics:licence}/proof                                                        uu yynnnn ynyn ny
    /v1/entries/{yc-chem:licence}/proof                                                          uu nnyynn yynn ny
    /v1/entries/{nj-soft:licence}/proof                                                          uu nnnnny nnny ny
    /v1/entries/{hb-ipo:verdict on wh-optics}/proof                                              uu yynnnn yynn ny
    /v1/entries/{hb-ipo:party metro}/proof                                                       uu nnnnnn yynn ny
    /v1/entries/999999/proof                                                                     uu ------ ---- n-

GET /v1/deals/<code:centre>/<ref:deal_no>
    /v1/deals/wh-optics/L-1                                                                      uu yynnnn ynyn ny
    /v1/deals/yc-chem/L-1                                                                        uu nnyynn yynn ny
    /v1/deals/wh-park/L-1                                                                        uu nnnnyn ynyn ny
    /v1/deals/nj-soft/L-1                                                                        uu nnnnny nnny ny
    /v1/deals/wh-optics/L-none                                                                   uu --nnnn -n-n n-

GET /v1/pools
    /v1/pools                                                                                    uu yyyyyy yyyy ny

GET /v1/pools/<ref:pool_id>
    /v1/pools/Q-wh-optics                                                                        uu yynnnn ynyn ny
    /v1/pools/Q-yc-chem                                                                          uu nnyynn yynn ny
    /v1/pools/Q-nj-soft                                                                          uu nnnnny nnny ny
    /v1/pools/Q-none                                                                             uu ------ ---- n-

GET /v1/pools/<ref:pool_id>/patents
    /v1/pools/Q-wh-optics/patents                                                                uu yynnnn ynyn ny
    /v1/pools/Q-yc-chem/patents                                                                  uu nnyynn yynn ny
    /v1/pools/Q-nj-soft/patents                                                                  uu nnnnny nnny ny

GET /v1/patents/<patent:patent_id>
    /v1/patents/{patent 1 of wh-optics}                                                          uu yyyyyy yyyy ny
    /v1/patents/{patent 1 of nj-soft}                                                            uu yyyyyy yyyy ny
    /v1/patents/{patent 99 of nj-soft}                                                           uu ------ ---- n-

GET /v1/parties/<party:party_id>
    /v1/parties/ORG:metro                                                                        uu yyyyyy yyyy ny
    /v1/parties/ORG:firm-nj-soft                                                                 uu yyyyyy yyyy ny
    /v1/parties/ORG:none                                                                         uu ------ ---- n-

GET /v1/totals
    /v1/totals?metric=hei_sme_amount&centre=wh-optics                                            uu yynnnn yyyy yy
    /v1/totals?metric=hei_sme_amount&centre=yc-chem                                              uu nnyynn yyyy yy
    /v1/totals?metric=hei_sme_amount&centre=nj-soft                                              uu nnnnny yyyy yy
    /v1/totals?metric=hei_enterprise_amount                                                      uu nnnnnn yyyy yy
    /v1/totals?metric=hei_enterprise_amount&group_by=centre                                      uu nnnnnn yyyy yy
    /v1/totals?metric=hei_enterprise_amount&region=420111                                        uu nnnnnn yyyy yy
    /v1/totals?metric=none&centre=yc-chem                                                        uu nnxxnn xxxx xx

GET /v1/programmes/<name:programme>/scorecards
    /v1/programmes/hubei-2025/scorecards                                                         uu yyyyyy yyyy yy
    /v1/programmes/hubei-2024-city/scorecards                                                    uu yyyyyy yyyy yy

GET /v1/programmes/<name:programme>/scorecards/<code:subject>
    /v1/programmes/hubei-2025/scorecards/wh-optics                                               uu yynnnn yyyy yy
    /v1/programmes/hubei-2025/scorecards/yc-chem                                                 uu nnyynn yyyy yy
    /v1/programmes/hubei-2025/scorecards/nj-soft                                                 uu nnnnny yyyy yy
    /v1/programmes/jiangsu-2024-park/scorecards/wh-park                                          uu nnnnyn yyyy yy
    /v1/programmes/hubei-2024-city/scorecards/420100                                             uu nnnnnn yyyy yy
    /v1/programmes/hubei-2022/scorecards/420000                                                  uu nnnnnn yyyy yy
    /v1/programmes/hubei-2022/scorecards/320000                                                  uu nnnnnn ---- --
    /v1/programmes/jiangsu-2024-centre/scorecards/yc-chem                                        uu nn--nn ---- --
    /v1/programmes/none/scorecards/yc-chem                                                       uu nn--nn ---- --

GET /v1/programmes/<name:programme>/scorecards/<code:subject>/lines
    /v1/programmes/hubei-2025/scorecards/wh-optics/lines?target=times                            uu yynnnn ynyn ny
    /v1/programmes/hubei-2025/scorecards/yc-chem/lines?target=times                              uu nnyynn yynn ny
    /v1/programmes/hubei-2025/scorecards/nj-soft/lines?target=times                              uu nnnnny nnny ny
    /v1/programmes/hubei-2025/scorecards/wh-park/lines?target=times                              uu nnnnyn ynyn ny
    /v1/programmes/jiangsu-2024-park/scorecards/wh-park/lines?target=patents                     uu nnnnyn ynyn ny
    /v1/programmes/hubei-2024-city/scorecards/420100/lines?target=times                          uu nnnnnn ynyn ny
    /v1/programmes/hubei-2024-city/scorecards/420500/lines?target=times                          uu nnnnnn yynn ny
    /v1/programmes/hubei-2022/scorecards/420000/lines?target=advantage                           uu nnnnnn ynnn ny
    /v1/programmes/hubei-2025/scorecards/yc-chem/lines?target=none                               uu nnxxnn xxnn nx

GET /v1/programmes/<name:programme>/scorecards/<code:subject>/changes
    /v1/programmes/hubei-2025/scorecards/wh-optics/changes?since={size}                          uu yynnnn ynyn ny
    /v1/programmes/hubei-2025/scorecards/yc-chem/changes?since={size}                            uu nnyynn yynn ny
    /v1/programmes/hubei-2025/scorecards/nj-soft/changes?since={size}                            uu nnnnny nnny ny
    /v1/programmes/jiangsu-2024-park/scorecards/wh-park/changes?since={size}                     uu nnnnyn ynyn ny
    /v1/programmes/hubei-2024-city/scorecards/420100/changes?since={size}                        uu nnnnnn ynyn ny
    /v1/programmes/hubei-2024-city/scorecards/420500/changes?since={size}                        uu nnnnnn yynn ny
    /v1/programmes/hubei-2022/scorecards/420000/changes?since={size}                             uu nnnnnn ynnn ny
    /v1/programmes/hubei-2025/scorecards/yc-chem/changes?since=999999                            uu nnxxnn xxnn nx

GET /v1/programmes/<name:programme>/scorecards/<code:subject>/published
    /v1/programmes/hubei-2025/scorecards/wh-optics/published                                     uu yynnnn yyyy yy
    /v1/programmes/hubei-2025/scorecards/yc-chem/published                                       uu nnyynn yyyy yy
    /v1/programmes/hubei-2024-city/scorecards/420100/published                                   uu nnnnnn yyyy yy
    /v1/programmes/none/scorecards/yc-chem/published                                             uu nn--nn ---- --

GET /v1/exports/bundle
    /v1/exports/bundle?programme=hubei-2025&subject=wh-optics                                    uu yynnnn ynyn ny
    /v1/exports/bundle?programme=hubei-2025&subject=yc-chem                                      uu nnyynn yynn ny
    /v1/exports/bundle?programme=hubei-2025&subject=nj-soft                                      uu nnnnny nnny ny
    /v1/exports/bundle?programme=hubei-2025&subject=wh-park                                      uu nnnnyn ynyn ny
    /v1/exports/bundle?programme=jiangsu-2024-park&subject=wh-park                               uu nnnnnn nnnn ny
    /v1/exports/bundle?programme=hubei-2024-city&subject=420100                                  uu nnnnnn nnnn ny
    /v1/exports/bundle?programme=hubei-2022&subject=420000                                       uu nnnnnn nnnn ny
    /v1/exports/bundle?programme=hubei-2022&subject=420000&known_at={js-ipo:centre js-ipo}       uu nnnnnn ynnn ny
    /v1/exports/bundle?programme=hubei-2024-city&subject=420500&known_at={js-ipo:centre js-ipo}  uu nnnnnn ynnn ny

GET /v1/metrics
    /v1/metrics                                                                                  yy yyyyyy yyyy yy
GET /v1/programmes
    /v1/programmes                                                                               yy yyyyyy yyyy yy
GET /v1/programmes/<name:programme>
    /v1/programmes/hubei-2025                                                                    yy yyyyyy yyyy yy

GET /log/checkpoint
    /log/checkpoint                                                                              yy yyyyyy yyyy yy
GET /log/tile/<tile:tile>
    /log/tile/0/000.p/{size}                                                                     yy yyyyyy yyyy yy
    /log/tile/entries/000.p/{size}                                                               yy yyyyyy yyyy yy

GET /healthz
    /healthz                                                                                     yy yyyyyy yyyy yy
GET /readyz
    /readyz                                                                                      yy yyyyyy yyyy yy
GET /metrics
    /metrics                                                                                     uu nnnnnn nnnn ny

GET /openapi.json
    /openapi.json                                                                                yy yyyyyy yyyy yy
GET /docs
    /docs                                                                                        yy yyyyyy yyyy yy
GET /docs/ui/<name>
    /docs/ui/swagger-ui.css                                                                      yy yyyyyy yyyy yy
GET /docs/start.js
    /docs/start.js                                                                               yy yyyyyy yyyy yy
GET /problems/<code>
    /problems/forbidden                                                                          yy yyyyyy yyyy yy

GET /static/<name>
    /static/pages.css                                                                            yy yyyyyy yyyy yy
GET /session
    /session                                                                                     uu yyyyyy yyyy yy
POST /session
    /session {}                                                                                  xx xxxxxx xxxx xx
POST /session/end
    /session/end {}                                                                              ee eeeeee eeee ee

POST /v1/entries
    /v1/entries {}                                                                               uu xxxxxx xxxx nn
POST /v1/entries/batch
    /v1/entries/batch {}                                                                         uu xxxxxx xxxx nn
"""


class Door(NamedTuple):
    """A request, and what each caller is answered."""

    route: str
    method: str
    path: str
    body: bool
    expected: Mapping[str, int]


_ROUTE: Final = re.compile(r"(GET|POST) (\S+)")
_REQUEST: Final = re.compile(r"    (/.*?)( \{\})? +([yxnue-]{2} [yxnue-]{6} [yxnue-]{4} [yxnue-]{2})")


def doors(who: tuple[str, ...]) -> list[Door]:
    """The table as it is read; `who` names its columns."""
    found = []
    method = route = ""
    for line in filter(None, TABLE.splitlines()):
        if named := _ROUTE.fullmatch(line):
            method, route = named.groups()
            continue
        request = _REQUEST.fullmatch(line)
        assert request, line
        path, body, columns = request.groups()
        expected = {one: STATUS[sign] for one, sign in zip(who, columns.replace(" ", ""), strict=True)}
        found.append(Door(route, method, path, body is not None, expected))
    return found
