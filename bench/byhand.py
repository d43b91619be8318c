"""Figures asked by hand: the SQL that somebody would write who wants this one number of this one schema, as of now.

It is the partner of what the ledger answers, so it must answer the same: `bench` compares the two before it measures. What makes
it quick is what it leaves out: no other day of knowledge than now, no level but recorded, nothing pending or excluded.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from ledger.store.tables import OPEN

# Deals that pass the tests of metric hei_sme_times, whatever their day; `hei_enterprise_patents` asks less of the grantees.
_PASSING = """
  SELECT l.entry, l.line, l.patent_id, l.amount, l.registered_on AS day
  FROM deal_line l
  WHERE l.until = %(open)s {centre} AND l.registered_on IS NOT NULL AND l.registered_on <= %(on)s AND l.registered_standing >= 2
    AND (l.kind IN ('licence', 'open_licence') OR l.kind = 'transfer' AND l.cause = 'assignment') AND NOT l.related_party
    AND EXISTS (SELECT FROM party_set s JOIN party_line p USING (party_id)
                WHERE s.set = l.grantors AND p.until = %(open)s AND p.begins <= l.registered_on AND p.ends > l.registered_on
                  AND p.kind IN ('university', 'research_institute'))
    AND EXISTS (SELECT FROM party_set s JOIN party_line p USING (party_id)
                WHERE s.set = l.grantees AND p.until = %(open)s AND p.begins <= l.registered_on AND p.ends > l.registered_on
                  AND p.kind = 'enterprise' {grantee})
    AND NOT EXISTS (SELECT FROM claim c
                    WHERE c.fingerprint = l.fingerprint AND c.centre <> l.centre AND c.until = %(open)s)
"""
_OF_CENTRE = "AND l.centre = %(centre)s"
_SME = """AND p.size IN ('medium', 'small', 'micro') AND s.party_id <> %(operator)s
          AND EXISTS (SELECT FROM label t WHERE t.entry = p.entry AND t.what = 'chain' AND t.value = %(industry)s)"""
_SME_PASSING = _PASSING.format(centre=_OF_CENTRE, grantee=_SME)
_IN_WINDOW = "day >= %(from)s AND day < %(to)s"
_CHANGES = """
  SELECT coalesce(sum(p.amount), 0) FROM deal_part p JOIN {deals} d ON p.deal = d.entry AND p.line = d.line
  WHERE NOT p.received AND p.until = %(open)s AND p.standing >= 2 AND greatest(p."on", d.day) <= %(on)s
    AND greatest(p."on", d.day) >= %(from)s AND greatest(p."on", d.day) < %(to)s
"""

# Everything that a scorecard of hubei-2025 counts, in one row; days are those of the state on the last day of the period.
SCORECARD = f"""
WITH passing AS MATERIALIZED ({_SME_PASSING}), counted AS (SELECT * FROM passing WHERE {_IN_WINDOW})
SELECT
  (SELECT count(*) FROM pool_line WHERE centre = %(centre)s AND until = %(open)s AND standing >= 2
     AND begins <= %(state_day)s AND ends > %(state_day)s) AS pools,
  (SELECT count(DISTINCT m.patent_id) FROM member_line m
     JOIN pool_line o ON o.pool_id = m.pool_id AND o.until = %(open)s AND o.standing >= 2
       AND o.begins <= %(state_day)s AND o.ends > %(state_day)s
     JOIN in_force f ON f.patent_id = m.patent_id AND f.until = %(open)s
       AND f.begins <= %(state_day)s AND f.ends > %(state_day)s
     WHERE m.centre = %(centre)s AND m.until = %(open)s AND m.standing >= 2
       AND m.begins <= %(state_day)s AND m.ends > %(state_day)s) AS patents,
  (SELECT count(*) FROM activity_line WHERE centre = %(centre)s AND until = %(open)s AND standing >= 2 AND held_on <= %(on)s
     AND held_on >= %(from)s AND held_on < %(to)s AND type IN ('matchmaking', 'roadshow', 'auction')) AS events,
  (SELECT count(*) FROM counted) AS times,
  (SELECT coalesce(sum(amount), 0) FROM counted) + ({_CHANGES.format(deals="passing")}) AS amount,
  (SELECT coalesce(sum(l.loan_amount), 0) FROM loan_line l
     WHERE l.centre = %(centre)s AND l.until = %(open)s AND l.standing >= 2 AND l.action IN ('new', 'renew')
       AND l.begins <= %(on)s AND l.begins >= %(from)s AND l.begins < %(to)s
       AND EXISTS (SELECT FROM party_line p JOIN label t ON t.entry = p.entry AND t.what = 'chain' AND t.value = %(industry)s
                   WHERE p.party_id = l.borrower AND p.until = %(open)s AND p.begins <= l.begins AND p.ends > l.begins
                     AND p.size IN ('medium', 'small', 'micro'))) AS pledge,
  (SELECT count(DISTINCT ref_no) FROM output_line WHERE centre = %(centre)s AND until = %(open)s AND standing >= 2
     AND type = 'navigation_report' AND status = 'published' AND begins >= %(from)s AND begins < %(to)s
     AND begins <= %(on)s AND ends > %(on)s) AS navigation,
  (SELECT count(DISTINCT ref_no) FROM output_line WHERE centre = %(centre)s AND until = %(open)s AND standing >= 2
     AND type = 'product_filing' AND status = 'approved' AND begins >= %(from)s AND begins < %(to)s
     AND begins <= %(on)s AND ends > %(on)s) AS filings
"""
DEALS = "SELECT count(DISTINCT entry) FROM deal_line WHERE centre = %(centre)s AND until = %(open)s"
TARGETS = ("pools", "patents", "events", "times", "amount", "pledge", "navigation", "filings")

_FORM_PASSING = """
  SELECT l.entry, l.line, l.amount, l.registered_on AS day
  FROM deal_line l
  WHERE l.until = %(open)s {centre} AND l.registered_on IS NOT NULL AND l.registered_on <= %(on)s AND l.registered_standing >= 2
    AND l.kind IN ('transfer', 'licence', 'open_licence', 'equity')
    AND NOT EXISTS (SELECT FROM claim c
                    WHERE c.fingerprint = l.fingerprint AND c.centre <> l.centre AND c.until = %(open)s)
"""


def _sum(centre: str) -> str:
    return f"""
WITH passing AS ({_FORM_PASSING.format(centre=centre)})
SELECT (SELECT coalesce(sum(amount), 0) FROM passing WHERE {_IN_WINDOW}) + ({_CHANGES.format(deals="passing")})
"""


_REGION_TIMES = """
SELECT count(*) FROM deal_line l
WHERE l.until = %(open)s AND l.registered_on >= %(from)s AND l.registered_on < %(to)s AND l.registered_on <= %(on)s
  AND l.registered_standing >= 2 AND l.kind IN ('transfer', 'licence', 'open_licence')
  AND EXISTS (SELECT FROM party_set s JOIN party_line p USING (party_id)
              WHERE s.set IN (l.grantors, l.grantees) AND p.until = %(open)s AND p.begins <= l.registered_on
                AND p.ends > l.registered_on AND p.region LIKE '42%%')
  AND NOT EXISTS (SELECT FROM claim c WHERE c.fingerprint = l.fingerprint AND c.centre <> l.centre AND c.until = %(open)s)
"""

# (metric, whether of one centre) -> the statement that answers it; sums are in fen.
TOTALS: Mapping[tuple[str, bool], str] = {
    ("hei_sme_times", True): f"WITH passing AS ({_SME_PASSING}) SELECT count(*) FROM passing WHERE {_IN_WINDOW}",
    ("form_deal_amount", True): _sum(_OF_CENTRE),
    ("hei_enterprise_patents", True): "WITH passing AS ("
    + _PASSING.format(centre=_OF_CENTRE, grantee="AND s.party_id <> %(operator)s")
    + f") SELECT count(DISTINCT patent_id) FROM passing WHERE {_IN_WINDOW}",
    ("region_times", False): _REGION_TIMES,
    ("form_deal_amount", False): _sum(""),
    ("hei_enterprise_patents", False): f"WITH passing AS ({_PASSING.format(centre='', grantee='')}) "
    f"SELECT count(DISTINCT patent_id) FROM passing WHERE {_IN_WINDOW}",
}


def parameters(*, centre: str, operator: str, industry: str, begins: date, ends: date, on: date, state_day: date) -> dict[str, Any]:
    return {
        "centre": centre, "operator": operator, "industry": industry, "from": begins, "to": ends, "on": on,
        "state_day": state_day, "open": OPEN,
    }  # fmt: skip
