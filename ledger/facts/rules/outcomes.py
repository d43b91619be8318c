"""Rules of loans secured by intellectual property, of activities and of outputs (RULINGS 34 and 53)."""

from collections.abc import Iterator

from ledger.facts.entries import Entry
from ledger.facts.kinds.outcomes import Activity, Pledge
from ledger.facts.lines.outcomes import loan_state
from ledger.facts.mentions import mention
from ledger.facts.problems import Problem
from ledger.facts.rules.context import Saying, invalid, places, problem, unregistered

FIELDS_OF_A_LOAN = {
    "borrower": "借款人",
    "pledgors": "出质人",
    "pledgee": "质权人",
    "rights": "质押标的",
    "loan_amount": "贷款金额",
}


def a_loan_is_described(pledge: Pledge, _: Saying) -> Iterator[Problem]:
    """New and renewed loans say who borrows, who pledges what to whom, and how much; a release only names its loan."""
    if pledge.action == "release":
        return
    for name, zh in FIELDS_OF_A_LOAN.items():
        if not getattr(pledge, name) and getattr(pledge, name) != 0:
            yield invalid(name, f"新增或续贷须填写{zh}", f"a new or renewed loan needs its {name}")


def loan_reference_is_free(pledge: Pledge, saying: Saying) -> Iterator[Problem]:
    """A renewal has a reference of its own: one live loan under each, released or not."""
    loan, _ = _loan(pledge, saying)
    if pledge.action != "release" and loan:
        yield problem(
            "loan-exists",
            "loan_ref",
            f"贷款编号 {pledge.loan_ref} 已由第 {loan.index} 号记录登记",
            f"loan {pledge.loan_ref} is already recorded by entry {loan.index}",
            loan.index,
        )


def a_standing_loan_is_released(pledge: Pledge, saying: Saying) -> Iterator[Problem]:
    """What is released was secured before, and has not been released yet."""
    if pledge.action != "release":
        return
    loan, release = _loan(pledge, saying)
    if loan is None:
        yield invalid("loan_ref", f"本中心没有贷款 {pledge.loan_ref}", f"this centre has no loan {pledge.loan_ref}")
    elif release:
        yield problem(
            "already-ended",
            "loan_ref",
            f"贷款 {pledge.loan_ref} 已由第 {release.index} 号记录注销质押",
            f"loan {pledge.loan_ref} was released by entry {release.index}",
            release.index,
        )
    elif isinstance(loan.fact, Pledge) and pledge.registered_on < (since := loan.fact.registered_on):
        yield invalid(
            "registered_on", f"注销日早于质押登记日 {since}", f"released before the pledge was registered on {since}", loan.index
        )


def pledged_patents_are_registered(pledge: Pledge, saying: Saying) -> Iterator[Problem]:
    rights = places("rights", pledge.rights or ())
    yield from unregistered(((f"{path}.right_id", r.right_id) for path, r in rights if r.right_kind == "patent"), saying.world)


def a_push_says_how_many_it_reached(activity: Activity, _: Saying) -> Iterator[Problem]:
    if activity.activity_type == "push" and activity.deliveries is None:
        yield invalid("deliveries", "精准推送须填写推送条数", "a push states its deliveries")


def _loan(pledge: Pledge, saying: Saying) -> tuple[Entry | None, Entry | None]:
    return loan_state(saying.world.history(mention("loan", saying.centre, pledge.loan_ref)))
