"""The guards, one by one, as data.

- A refusal is a statement that says `forbidden`, or hands over to one of `SAYERS`, or asks one of `CHECKS`. They are found in the
  source of every module; `REFUSALS` says in which functions they stand, and where the walk notices that one of them is missing. A
  refusal that is new is found and is in no list, so a test fails.
- What narrows without refusing (lists, histories, figures for readers, tokens that are over) stands in `NARROWINGS`: a piece of
  a function and what it says without the guard. Functions that look at a caller's rights and have no entry fail a test too.
- Rules are taken out of each kind that they hold for; a route's own guard is taken off the route.

How they are found and taken away stands in `tests.access.removing`.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

# Functions that do nothing but word a refusal, or refuse what is beyond a region.
SAYERS: Final = ("_forbidden", "beyond_reach")
# Functions that are asked for the sake of their refusal alone.
CHECKS: Final = ("see", "see_subject", "seen", "_see_pool", "check_writer", "check_csrf", "check_same_origin", "check_actor")
# What a function looks at that decides by somebody's rights.
RIGHTS: Final = ("READS", "WRITES", "AREAS", "Sight", "seen_by", "is_guarded", "guarded", "may_write", "reaches", "rests_on_few")


class Place(NamedTuple):
    """Where a removal is noticed: a part of the walk, and what it is narrowed to."""

    part: str
    only: str = ""


# Without this one alone the function breaks: it is among the narrowings.
BROKEN: Final = Place("")
# The refusals of each function in the order in which they stand, each with where its absence is noticed.
REFUSALS: Final[Mapping[str, tuple[Place, ...]]] = {
    "ledger/facts/actors.py:may_write": (
        Place("rules", "wh-optics party"), Place("rules", "wh-optics party"), BROKEN,
        Place("rules", "verdict=verified"), Place("rules", "wh-optics baseline"),
    ),
    "ledger/facts/rules/context.py:beyond_reach": (Place("rules", "hb-ipo centre"),),
    "ledger/facts/rules/context.py:subject_is_within_reach": (Place("rules", "hb-ipo participation"),),
    "ledger/facts/rules/registry.py:centre_is_within_reach": (Place("rules", "hb-ipo centre"), Place("rules", "hb-ipo centre")),
    "ledger/facts/rules/pools.py:a_pool_is_its_openers": (Place("rules", "wh-optics withdrawal"),),
    "ledger/facts/rules/rulings.py:nobody_rules_on_others_affairs": (
        Place("rules", "wh-optics attestation"), Place("rules", "hb-ipo attestation"), Place("rules", "hb-ipo attestation"),
    ),
    "ledger/facts/rules/rulings.py:a_centre_submits_for_itself": (Place("rules", "wh-optics closing"),),
    "ledger/facts/rules/reversals.py:one_reverses_ones_own": (
        Place("rules", "wh-optics reversal"), Place("rules", "hb-ipo reversal"),
    ),
    "ledger/facts/rules/reversals.py:a_narrow_token_takes_back_what_it_may_decide": (Place("rules", "@hb-ipo:verdict"),),
    "ledger/facts/rules/table.py:_stream_problems": (Place("impostors"),),
    "ledger/facts/rules/table.py:_founding_problems": (Place("impostors"),),
    "ledger/actions/visibility.py:Sight.see": (Place("doors", "/<ref:deal_no>"),),
    "ledger/actions/visibility.py:Sight.see_subject": (Place("doors", "/lines"), Place("doors", "/lines")),
    "ledger/actions/entries.py:seen": (Place("doors", "/<index:index>"),),
    "ledger/actions/standing.py:_see_pool": (Place("doors", "/<ref:pool_id>"),),
    "ledger/actions/standing.py:pool": (Place("doors", "/<ref:pool_id>"),),
    "ledger/actions/standing.py:pool_patents": (Place("doors", "/<ref:pool_id>/patents"),),
    "ledger/actions/standing.py:deal": (Place("doors", "/<ref:deal_no>"),),
    "ledger/actions/prove.py:proof_of": (Place("doors", "/proof"),),
    "ledger/actions/bundle.py:_resolved": (Place("doors", "/bundle"), Place("doors", "/bundle")),
    "ledger/actions/explain.py:lines": (Place("doors", "/lines"),),
    "ledger/actions/explain.py:changes": (Place("doors", "/changes"),),
    "ledger/actions/score.py:totals": (Place("doors", "/totals"),),
    "ledger/actions/score.py:see_subject": (Place("doors", "/<code:subject>"),),
    "ledger/actions/score.py:scorecard": (Place("doors", "/<code:subject>"),),
    "ledger/actions/published.py:published": (Place("doors", "/published"),),
    "ledger/web/openapi.py:Arguments.parse": (Place("shape"),),
    "ledger/web/auth.py:check_csrf": (Place("cookie"), Place("cookie")),
    "ledger/web/auth.py:check_same_origin": (Place("cookie"),),
    "ledger/web/sessions.py:sign_in": (Place("cookie"),),
    "ledger/web/sessions.py:sign_out": (Place("cookie"), Place("cookie")),
}  # fmt: skip
# Refusals that are taken away in another manner, or not here.
ELSEWHERE: Final[Mapping[str, str]] = {
    "ledger/web/auth.py:guard": "route by route",
    "ledger/facts/actors.py:_forbidden": "words what others refuse",
    "ledger/actions/visibility.py:Sight._forbidden": "words what others refuse",
    "ledger/actions/subjects.py:speaker": "the issuer's word: tests/actions/test_subjects.py",
    "ledger/actions/access.py:create_token": "the command line: tests/actions/test_access.py; what it asks is walked",
}


class Narrowing(NamedTuple):
    """A piece of a function, and the same without its guard; `made_once` is what the module keeps of the function's answer."""

    function: str
    guard: str
    without: str
    noticed: Place
    made_once: str = ""


def _narrow(function: str, guard: str, without: str, noticed: tuple[str, str] | str, made_once: str = "") -> Narrowing:
    return Narrowing(function, guard, without, Place(noticed) if isinstance(noticed, str) else Place(*noticed), made_once)


_SIGHT: Final = "ledger/actions/visibility.py:Sight"
_ISSUER: Final = "ledger/actions/issuer.py:Issuer"
_CARD: Final = "ledger/kpi/scorecard.py:_Card"
_MONEY: Final = ("contents", "hubei-2025/scorecards/wh-optics")
_ALL_CARDS: Final = ("contents", "hubei-2025/scorecards")
_TOTAL: Final = ("contents", "&centre=wh-optics")
_GROUPS: Final = ("contents", "group_by=centre")
_CHANGES: Final = ("contents", "since={hb-ipo:verdict on the claim}")
_LINES: Final = ("contents", "420100/lines?target=times")
_HISTORY: Final = ("contents", "/v1/parties/ORG:metro")
_PUBLISHED: Final = ("contents", "/published")
NARROWINGS: Final = (
    # Whose entries somebody reads.
    _narrow(f"{_SIGHT}.__init__", "READS[area][actor.role]", '"all"', ("doors", "/<ref:deal_no>")),
    _narrow(f"{_SIGHT}.sees", "return self._known[centre]", "return True", ("doors", "/<ref:deal_no>")),
    _narrow(f"{_SIGHT}.sees_entry", "return log_.names_centre(index, self._actor.centre)", "return True", "entries"),
    _narrow(f"{_SIGHT}.sees_entry", 'self._reach != "own"', 'self._reach == "own"', "entries"),
    _narrow(f"{_SIGHT}.only_seen", " and self.sees_entry(index, entries[index].centre)", "", _CHANGES),
    _narrow(f"{_SIGHT}._judge", "return self._reach is not None", "return True", "actions"),
    _narrow(f"{_SIGHT}._judge", 'if self._reach == "own":', "if False:", ("doors", "/<ref:deal_no>")),
    _narrow(f"{_SIGHT}._judge", "region is not None and self._within(region)", "True", ("doors", "/<ref:deal_no>")),
    _narrow(f"{_SIGHT}._within", "own and office is not None", "office is not None", ("doors", "/<ref:deal_no>")),
    _narrow(f"{_SIGHT}._within", " and covers(office, region)", "", ("doors", "/<ref:deal_no>")),
    _narrow("ledger/actions/entries.py:seen_by", "streams=(actor.centre,), naming=actor.centre", "everything=True", "lists"),
    _narrow("ledger/actions/entries.py:seen_by", " if sight.sees(code)", "", "lists"),
    _narrow("ledger/actions/entries.py:seen_by", "return listing.Seen()", "return listing.Seen(everything=True)", "actions"),
    _narrow("ledger/actions/entries.py:page", "seen=seen_by(reading, actor)", "seen=listing.Seen(everything=True)", "lists"),
    _narrow("ledger/store/listing.py:entries", "own = or_(own, and_(c.office,", "own = or_(own, or_(c.office,", "lists"),
    _narrow("ledger/store/listing.py:entries", "if not seen.everything:", "if False:", "lists"),
    _narrow("ledger/actions/standing.py:pools", "None if seen.everything else seen.streams", "None", ("contents", "/v1/pools")),
    _narrow("ledger/store/listing.py:pools", "if streams is not None:", "if False:", ("contents", "/v1/pools")),
    _narrow("ledger/actions/standing.py:_history", " if sight.sees_entry(one[\"index\"], one[\"centre\"]) else one | hidden", "",
            _HISTORY),
    _narrow("ledger/actions/standing.py:_history", '!= "own"', '== "own"', _HISTORY),
    _narrow("ledger/actions/explain.py:lines", " if sight.sees(item.centre)", "", _LINES),
    _narrow("ledger/actions/explain.py:_moved", "sight.only_seen(sorted(entries))", "sorted(entries)", _CHANGES),
    _narrow("ledger/actions/score.py:scorecards", 'READS["figures"][actor.role] == "own"', "False", _ALL_CARDS),
    _narrow("ledger/actions/published.py:_Teller.told", "fact.note if sees else None", "fact.note", _PUBLISHED),
    _narrow("ledger/actions/bundle.py:_Writing.pieces", "exports.disclosures(connection, asked.size, asked.centre, beside)",
            "exports.all_disclosures(connection, asked.size)", "bundles"),
    # Figures for readers.
    _narrow("ledger/actions/score.py:is_guarded", 'actor.role == "reader"', "False", _TOTAL),
    _narrow("ledger/actions/score.py:totals", "guarded=is_guarded(actor)", "guarded=False", _TOTAL),
    _narrow("ledger/actions/score.py:_rows", "guarded and rests_on_few(book, question)", "False", _TOTAL),
    _narrow("ledger/actions/score.py:_rows", " if guarded and question.metric.is_money else frozenset()", " and frozenset()",
            _GROUPS),
    _narrow("ledger/actions/score.py:scorecard", "guarded=is_guarded(actor)", "guarded=False", _MONEY),
    _narrow("ledger/actions/score.py:scorecard_of", "guarded=guarded", "guarded=False", _MONEY),
    _narrow("ledger/actions/score.py:scorecards", "is_guarded(actor)", "False", _ALL_CARDS),
    _narrow("ledger/actions/score.py:_summary", "guarded=guarded", "guarded=False", _ALL_CARDS),
    _narrow("ledger/actions/published.py:_Teller.__init__", "is_guarded(actor)", "False", _PUBLISHED),
    _narrow("ledger/actions/published.py:_Teller._card", '"guarded": guarded', '"guarded": False', _PUBLISHED),
    _narrow("ledger/actions/published.py:_Teller._figures", "if self.guarded:", "if False:", _PUBLISHED),
    _narrow("ledger/actions/published.py:_Teller._figures", "_shown(moved, told_old, told_new) if self.guarded else moved", "moved",
            _PUBLISHED),
    _narrow("ledger/kpi/scorecard.py:scorecard", "on, level, guarded)", "on, level, False)", _MONEY),
    _narrow("ledger/kpi/scorecard.py:rests_on_few", "1 <= book.takers(question) <= FEW", "False", _MONEY),
    _narrow(f"{_CARD}.__init__", "on, level, guarded\n", "on, level, False\n", _MONEY),
    _narrow(f"{_CARD}._few", "self.guarded and rests_on_few(self.book, question)", "False", _MONEY),
    _narrow(f"{_CARD}.row", "any(part.suppressed for part in parts or ())", "False", _MONEY),
    _narrow(f"{_CARD}.row", "show(single.value) if single and not suppressed", "show(single.value) if single", _MONEY),
    _narrow(f"{_CARD}.row", "show(single.verified) if single and not suppressed", "show(single.verified) if single", _MONEY),
    _narrow(f"{_CARD}.row", "None if suppressed else format_in_unit", "format_in_unit", _MONEY),
    _narrow(f"{_CARD}.row", "None if suppressed or not single", "None if not single", _MONEY),
    _narrow(f"{_CARD}._part_row", "hide = part.suppressed", "hide = False", ("contents", "park/scorecards/wh-park")),
    _narrow("ledger/store/figures.py:StoredBook.few_takers", "if len(found) <= FEW", "if len(found) < 0", _GROUPS),
    # Who writes.
    _narrow("ledger/facts/actors.py:may_write", "if kind not in allowed:",
            "if kind not in allowed and not (allowed := dict.fromkeys(KINDS)):", ("rules", "wh-optics centre")),
    _narrow("ledger/facts/rules/table.py:_stream_problems", "denied := may_write(", "denied := (lambda *_, **__: None)(",
            ("rules", "wh-optics party")),
    _narrow("ledger/facts/rules/table.py:problems_with", "return denied", "return found", "shape"),
    _narrow("ledger/facts/rules/context.py:reaches", "covers(held, region)", "True", ("rules", "hb-ipo centre")),
    _narrow("ledger/facts/rules/context.py:reaches", "(own and own.region, saying.by.region)", "(own and own.region,)",
            ("rules", "hb-ipo centre")),
    _narrow("ledger/facts/rules/context.py:reaches", "(own and own.region, saying.by.region)", "(saying.by.region,)",
            ("rules", "hb-ipo centre")),
    _narrow("ledger/web/auth.py:check_writer", "list(islice(_forbidden(raw), PROBLEMS_MAX))", "[]", "shape"),
    _narrow("ledger/web/auth.py:_forbidden", "problem := _not_for(actor(), raw)", "problem := None", "shape"),
    _narrow("ledger/web/auth.py:_forbidden", "isinstance(item, dict) and (problem := _not_for(actor(), item))", "False", "shape"),
    _narrow("ledger/actions/record.py:_Group._replayed", "submission.by.centre != submission.items[0].centre", "False", "keys"),
    # Who comes in.
    _narrow("ledger/web/auth.py:caller", "if header is None:", "if header is None or by_cookie():", "cookie"),
    _narrow("ledger/web/auth.py:check_csrf", "not is_csrf(g.session, told)", "False", "cookie"),
    _narrow("ledger/actions/sessions.py:is_csrf", "return hmac.compare_digest(", "return True or hmac.compare_digest(", "cookie"),
    _narrow("ledger/store/tokens.py:live", ", t.token.c.revoked_at.is_(None)", "", ("doors", "/v1/entries")),
    _narrow("ledger/store/tokens.py:live", "found.expires_at <= at", "False", "old"),
    _narrow("ledger/store/sessions.py:_live", ", ~token_is_gone", "", "cookie", "_LIVE"),
    _narrow("ledger/store/sessions.py:_live", "session.ended_at.is_(None), ", "", "cookie", "_LIVE"),
    _narrow("ledger/store/sessions.py:_live", ", session.expires_at > at", "", "cookie", "_LIVE"),
    _narrow("ledger/store/sessions.py:_live", ", ~is_shut_out", "", "jwt", "_LIVE"),
    _narrow("ledger/actions/sessions.py:resume", "found.issuer != ledger.settings.oidc_issuer", "False", "jwt"),
    _narrow("ledger/actions/subjects.py:speaker", "tokens.is_barred(connection, subject)", "False", "jwt"),
    _narrow("ledger/actions/subjects.py:speaker", 'subject != claims["sub"]', "False", "jwt"),
    _narrow("ledger/actions/subjects.py:_role", "if len(roles) > 1:", "if False:", "jwt"),
    _narrow("ledger/actions/subjects.py:speaker", "check_actor(actor, World(StoredLog(connection)))", "pass", "jwt"),
    _narrow(f"{_ISSUER}.claims", 'iss={"essential": True, "value": self._address},', "", "jwt"),
    _narrow(f"{_ISSUER}.claims", 'aud={"essential": True, "value": self._audience},', "", "jwt"),
    _narrow(f"{_ISSUER}.claims", "rules.validate(found)", "pass", "jwt"),
    _narrow("ledger/actions/issuer.py:_header", "kind.lower() in _TYPES", "True", "jwt"),
    _narrow("ledger/actions/issuer.py:_fits", "if kid is not None and key.kid != kid:", "if False:", "jwt"),
    _narrow("ledger/actions/roles.py:check_actor", "problems := list(_problems(actor, world))", "problems := []", "impostors"),
    _narrow("ledger/actions/roles.py:_problems", "world.is_office(centre)", "False", "impostors"),
    _narrow("ledger/actions/roles.py:_problems", 'region is not None and role != "authority"', "False", "impostors"),
    _narrow("ledger/actions/roles.py:_problems_of_an_office", "not world.is_office(centre)", "False", "impostors"),
    _narrow("ledger/actions/roles.py:_problems_of_an_office", "region is not None and not covers(record.region, region)", "False",
            "impostors"),
)  # fmt: skip
# Functions that look at somebody's rights and let nobody see or do more by it.
HARMLESS: Final[Mapping[str, str]] = {
    "ledger/actions/entries.py:one": "hands over to `seen`",
    "ledger/actions/entries.py:day_of_sight": "what an answer depends on, for its tag",
    "ledger/actions/explain.py:moved": "hands over to `_moved`",
    "ledger/web/auth.py:_not_for": "words a request for `may_write`",
}
