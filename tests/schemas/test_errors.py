"""From marshmallow's messages to problems: words in both languages for every reason, paths that can be shown anywhere."""

import copy
import pickle
import re
from pathlib import Path

import pytest
from marshmallow import ValidationError

import ledger.facts
from ledger.facts.identifiers import normal_code, normal_ipc, normal_party_id, normal_patent_id
from ledger.facts.money import BadMoney, parse_in_unit, parse_yuan
from ledger.facts.problems import Problem
from ledger.facts.regions import normal_region
from ledger.facts.text import BadIdentifier
from schemas.errors import NO_OBJECT, REASONS, Words, Wrong, problems_of, refused, wrong

FACTS = Path(ledger.facts.__path__[0])
CJK = re.compile(r"[\u4e00-\u9fff]")


def reasons_in_the_code() -> set[str]:
    code = "".join((FACTS / name).read_text(encoding="utf-8") for name in ("identifiers.py", "money.py", "regions.py"))
    raised = re.findall(r"raise Bad(?:Identifier|Money)\((.*)", code)
    told = [re.findall(r'"([a-z]+-[a-z-]+)"', call) for call in raised]
    assert raised
    assert all(told), "a reason is not a word in the call"
    return {reason for reasons in told for reason in reasons}


def test_every_reason_of_the_facts_has_words():
    assert set(REASONS) == reasons_in_the_code()


@pytest.mark.parametrize("reason", REASONS)
def test_the_words_of_a_reason_show_the_same_in_both_languages(reason):
    words = REASONS[reason]
    assert CJK.search(words.zh)
    assert not CJK.search(words)
    assert set(re.findall(r"\{(\w+)\}", words.zh)) == set(re.findall(r"\{(\w+)\}", words))


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (normal_patent_id, "CN103323265A"),
        (normal_patent_id, "CN1"),
        (normal_patent_id, "CN202050000001.2"),
        (normal_patent_id, "CN199010000001.1"),
        (normal_patent_id, "CN202010000001"),
        (normal_patent_id, "CN202010000001.2"),
        (normal_patent_id, "US11234567"),
        (normal_party_id, "914201005510001110"),
        (normal_party_id, "I14201005510001110"),
        (normal_party_id, "9142"),
        (normal_party_id, "ABCD:1"),
        (normal_party_id, "PER:110101199003070018"),
        (normal_code, "{x}"),
        (normal_ipc, "{0}"),
        (normal_region, "4201"),
        (parse_yuan, 5),
        (parse_yuan, "x"),
        (parse_yuan, "0.001"),
        (parse_yuan, "9" * 20),
        (parse_yuan, "-1"),
        (lambda text: parse_in_unit(text, "斤"), "1"),
    ],
)
def test_a_reason_finds_the_values_that_its_words_show(read, text):
    with pytest.raises((BadIdentifier, BadMoney)) as caught:
        read(text)
    error = wrong(caught.value)
    (words,) = error.messages
    for value in caught.value.params.values():
        assert value in words.zh or value not in words


def test_words_are_formatted_in_both_languages():
    words = Words("至多 {n} 项", "At most {n}").format(n=3)
    assert (words.zh, words) == ("至多 3 项", "At most 3")


def test_words_that_are_copied_keep_both_languages():
    for copied in (copy.deepcopy(NO_OBJECT), pickle.loads(pickle.dumps(NO_OBJECT))):
        assert (copied.zh, copied) == (NO_OBJECT.zh, NO_OBJECT)


def test_messages_of_all_shapes_become_problems_in_order_of_their_paths():
    messages = {
        "b": {10: {"x": [Words("甲", "one")]}, 9: [Words("乙", "two"), Words("丙", "three")]},
        "a": {"_schema": [NO_OBJECT]},
        "_schema": [Words("丁", "four")],
    }
    assert problems_of(messages) == (
        Problem("invalid", "_schema", "丁", "four"),
        Problem("invalid", "a", NO_OBJECT.zh, "This must be an object"),
        Problem("invalid", "b.9", "乙", "two"),
        Problem("invalid", "b.9", "丙", "three"),
        Problem("invalid", "b.10.x", "甲", "one"),
    )


def test_a_message_that_nobody_translated_still_has_words_in_chinese():
    assert problems_of({"a": ["Not a valid URL."]}) == (Problem("invalid", "a", "值无效", "Not a valid URL."),)


def test_a_refusal_carries_all_problems():
    error = refused(ValidationError({"a": Wrong("甲", "one").messages, "b": Wrong("乙", "two").messages}))
    assert (error.code, error.status, len(error.problems)) == ("invalid", 422, 2)


@pytest.mark.parametrize("name", ["\ud800", "\x00", "", "\u202e", "\n"])
def test_a_name_that_cannot_be_printed_is_left_out_of_the_path(name):
    (problem,) = problems_of({"body": {name: [Words("甲", "one")]}})
    assert problem.path == "body.?"
