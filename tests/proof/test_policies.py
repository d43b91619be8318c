"""Trust policies: what a file may say, every fault at once, and when the quorum is met."""

from collections.abc import Iterable, Sequence
from itertools import chain, combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.proof.notes import COSIGNATURE, ED25519, VerifierKey, verified
from ledger.proof.policies import BadPolicy, Group, Policy, Witness
from tests.proof.signers import LOG, W1, W2, W3, W4, bruised, signed

X1, X2, X3, Y1 = (Witness(name, one.key) for name, one in (("X1", W1), ("X2", W2), ("X3", W3), ("Y1", W4)))
NESTED = f"""\
log {LOG.key}
witness X1 {W1.key}
witness X2 {W2.key}
witness X3 {W3.key}
witness Y1 {W4.key} https://w4.example/submit
group X 2 X1 X2 X3
group Y any Y1
group all-of-them all X Y
quorum all-of-them
"""
SIGNS = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters=" ")
NAMES = st.text(SIGNS, min_size=1, max_size=8).filter("none".__ne__)
URLS = st.none() | NAMES
RENAMED = VerifierKey("another.name", COSIGNATURE, W1.key.public)


def faults(text: str) -> tuple[str, ...]:
    with pytest.raises(BadPolicy) as caught:
        Policy.parse(text)
    return caught.value.faults


def subsets(names: Sequence[str]) -> Iterable[tuple[str, ...]]:
    return chain.from_iterable(combinations(names, count) for count in range(len(names) + 1))


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    names = draw(st.lists(NAMES, max_size=9, unique=True))
    split = draw(st.integers(0, len(names)))
    witnesses = tuple(
        Witness(name, VerifierKey("w", COSIGNATURE, bytes([at]) * 32), draw(URLS)) for at, name in enumerate(names[:split])
    )
    free, groups = list(names[:split]), []
    for name in names[split:]:
        if members := draw(st.lists(st.sampled_from(free), unique=True)) if free else []:
            groups.append(Group(name, draw(st.integers(1, len(members))), tuple(members)))
            free = [one for one in free if one not in members] + [name]
    defined = [one.name for one in (*witnesses, *groups)]
    logs = tuple(VerifierKey("log", ED25519, bytes([at]) * 32) for at in range(draw(st.integers(0, 2))))
    return Policy(logs, witnesses, tuple(groups), draw(st.none() | st.sampled_from(defined)) if defined else None)


# --- what a file says


def test_a_file_is_read_into_its_parts():
    assert Policy.parse(NESTED) == Policy(
        logs=(LOG.key,),
        witnesses=(X1, X2, X3, Witness("Y1", W4.key, "https://w4.example/submit")),
        groups=(Group("X", 2, ("X1", "X2", "X3")), Group("Y", 1, ("Y1",)), Group("all-of-them", 2, ("X", "Y"))),
        quorum="all-of-them",
    )


def test_comments_blanks_and_the_order_of_lines_are_free():
    text = f"""
# who must have seen it
  \t
\twitness  Y1\t{W4.key}
  # quorum none
group Y any Y1\t
log {LOG.key} https://ledger.example/log\x20
witness X1 {W1.key}

quorum Y
witness X2 {W2.key} #this-is-a-url
"""
    policy = Policy.parse(text)
    assert policy.logs == (LOG.key,)
    assert [(one.name, one.url) for one in policy.witnesses] == [("Y1", None), ("X1", None), ("X2", "#this-is-a-url")]
    assert policy.quorum == "Y"


def test_no_policy_at_all_is_a_log_without_witnesses():
    assert Policy().text == "quorum none\n"
    assert Policy.parse("quorum none\n") == Policy()
    assert Policy().is_met(())


def test_a_policy_is_written_in_one_way():
    assert Policy.parse(NESTED).text == NESTED.replace("Y any Y1", "Y all Y1")
    loose = f"  quorum\tnone\n#\nlog {LOG.key} https://somewhere.example\n"
    assert Policy.parse(loose).text == f"log {LOG.key}\nquorum none\n"


@given(policies())
def test_a_policy_is_read_as_it_was_written(policy):
    assert Policy.parse(policy.text) == policy
    assert Policy.parse(policy.text).text == policy.text


@given(st.text() | bruised(NESTED.encode()).map(lambda data: data.decode(errors="surrogateescape")))
def test_whatever_text_comes_it_is_a_policy_or_a_bad_one(text):
    try:
        policy = Policy.parse(text)
    except BadPolicy as bad:
        assert bad.faults
        return
    assert Policy.parse(policy.text) == policy


def test_names_and_urls_may_be_in_any_language_and_only_spaces_and_tabs_divide():
    text = f"witness 湖北\u3000省 {W1.key} https://见证.example/\u00a0\nquorum 湖北\u3000省\n"
    assert Policy.parse(text).witnesses == (Witness("湖北\u3000省", W1.key, "https://见证.example/\u00a0"),)
    assert Policy.parse(text).text == text


def test_a_name_is_the_same_only_if_its_letters_are():
    policy = Policy.parse(f"witness K {W1.key}\nwitness \u212a {W2.key}\nquorum K\n")
    assert policy.is_met({"K"})
    assert not policy.is_met({"\u212a"})


def test_32_of_each_are_few():
    lines = [f"log {VerifierKey('l', ED25519, bytes([at]) * 32)}\n" for at in range(200)]
    lines += [f"witness w{at} {VerifierKey('w', COSIGNATURE, bytes([at]) * 32)}\n" for at in range(200)]
    lines += [f"group g{at} all w{at}\n" for at in range(200)]
    assert Policy.parse("".join(lines) + "quorum g199\n").is_met({"w199"})


# --- what no file may say


@pytest.mark.parametrize(
    ("line", "why"),
    [
        pytest.param("witnes A", 'starts with "witnes", not with log, witness, group, quorum', id="an unknown word"),
        pytest.param("Log x", 'starts with "Log"', id="a capital"),
        pytest.param("log", "a log is a verifier key and maybe a url", id="a log without a key"),
        pytest.param(f"log {LOG.key} url more", "a log is", id="a log with too much"),
        pytest.param("log example.com", "three parts", id="a log with no key"),
        pytest.param(f"log {W1.key}", "type 0x01, not 0x04", id="a log with the key of a witness"),
        pytest.param("witness", "a witness is a name", id="a witness without a name"),
        pytest.param("witness A", "a witness is a name", id="a witness without a key"),
        pytest.param(f"witness A {W2.key} url more", "a witness is a name", id="a witness with too much"),
        pytest.param(f"witness A {str(W2.key)[:-1]}", "base64", id="a witness with half a key"),
        pytest.param(f"witness A {LOG.key}", "type 0x04, not 0x01", id="a witness with the key of a log"),
        pytest.param(f"witness none {W2.key}", "nobody's name", id="a witness named none"),
        pytest.param(f"witness W {W2.key}", 'the name "W" is taken by line 1', id="a name twice"),
        pytest.param(f"witness A {W1.key}", "repeats the public key of line 1", id="a key twice"),
        pytest.param(f"witness A {RENAMED}", "repeats the public key of line 1", id="a key under two names"),
        pytest.param("group", "a group is a name", id="a group without a name"),
        pytest.param("group G all", "a group is a name", id="a group without members"),
        pytest.param("group none all W", "nobody's name", id="a group named none"),
        pytest.param("group W all V", 'the name "W" is taken by line 1', id="a group named like a witness"),
        pytest.param("group G 0 W", '"0" is not all, any or a number from 1 to 1', id="none of the members"),
        pytest.param("group G 2 W", '"2" is not', id="more than there are"),
        pytest.param("group G 01 W", '"01" is not', id="a leading zero"),
        pytest.param("group G ALL W", '"ALL" is not', id="ALL"),
        pytest.param(f"group G {'1' * 5000} W", "is not", id="five thousand digits"),
        pytest.param("group G any X", '"X" is not the name of a witness or group on a line above', id="a member that is not there"),
        pytest.param("group G any G", '"G" is not the name', id="a group of itself"),
        pytest.param("group G any none", '"none" is not the name', id="nobody as a member"),
        pytest.param("group G any W W", '"W" is a member already, of "G"', id="a member twice"),
        pytest.param("group G any U", '"U" is a member already, of "T"', id="a member of two groups"),
        pytest.param("quorum", "a quorum is one name, or none", id="a quorum without a name"),
        pytest.param("quorum W V", "a quorum is one name, or none", id="a quorum of two"),
        pytest.param("quorum X", '"X" is not the name of a witness or group on a line above', id="a quorum that is not there"),
        pytest.param("quorum none\r", "U+000D", id="lines as on Windows"),
        pytest.param("# \x00", "U+0000", id="a zero byte, even in a comment"),
        pytest.param("\x7f", "U+007F", id="the character delete"),
        pytest.param("# \udcff", "U+DCFF", id="a byte that is no UTF-8"),
    ],
)
def test_a_faulty_line_is_named_with_the_reason(line, why):
    before = f"witness W {W1.key}\nwitness V {W3.key}\nwitness U {W4.key}\ngroup T all U\n"
    after = "" if line.startswith("quorum") and "\r" not in line else "quorum W\n"
    named = faults(f"{before}{line}\n{after}")
    assert len(named) == 1
    assert named[0].startswith("line 5: ")
    assert why in named[0]


def test_a_log_twice_is_refused_under_another_name_too():
    again = VerifierKey("another.name", ED25519, LOG.key.public)
    assert faults(f"log {LOG.key}\nlog {again}\nquorum none\n") == ("line 2: repeats the public key of line 1",)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "line 1: the file ends without a quorum line"),
        ("# nothing\n", "line 2: the file ends without a quorum line"),
        ("quorum none\nquorum none\n", "line 2: is a second quorum line"),
        ("quorum none", "line 1: does not end with a line feed; the file may have been cut off"),
        ("quorum none\n#", "line 2: does not end with a line feed; the file may have been cut off"),
    ],
)
def test_a_file_has_one_quorum_line_and_whole_lines(text, why):
    assert faults(text) == (why,)


def test_all_faults_are_told_at_once_and_each_of_them_once():
    text = f"witness A not-a-key\ngroup G 3 A B\nlog\n\nwhat\nwitness B {W1.key}\nquorum G\nquorum B\n"
    assert [one.partition(":")[0] for one in faults(text)] == ["line 1", "line 2", "line 2", "line 3", "line 5", "line 8"]
    assert "not-a-key" not in str(BadPolicy(faults(text)))
    assert str(BadPolicy(["line 1: a", "line 2: b"])) == "line 1: a; line 2: b"


def test_what_a_message_repeats_of_a_line_is_short_and_harmless():
    (fault,) = faults(f"{'x' * 10_000}\nquorum none\n")
    assert len(fault) < 200
    (fault,) = faults("\x9b31m\nquorum none\n")
    assert "\x9b" not in fault


@pytest.mark.parametrize(
    "parts",
    [
        {"quorum": "X1"},
        {"quorum": "none"},
        {"quorum": ""},
        {"witnesses": (Witness("a b", W1.key),)},
        {"witnesses": (Witness("", W1.key),)},
        {"witnesses": (Witness("A", LOG.key),)},
        {"witnesses": (Witness("A", W1.key, ""),)},
        {"witnesses": (Witness("A", W1.key, "a b"),)},
        {"witnesses": (Witness("A", W1.key, "url\nquorum none"),)},
        {"witnesses": (X1, Witness("X1", W2.key))},
        {"witnesses": (X1,), "groups": (Group("G", 2, ("X1",)),)},
        {"witnesses": (X1,), "groups": (Group("G", 0, ("X1",)),)},
        {"groups": (Group("G", 1, ("X1",)),)},
        {"groups": (Group("G", 0, ()),)},
        {"logs": (W1.key,)},
        {"logs": (LOG.key, LOG.key)},
    ],
    ids=str,
)
def test_no_policy_is_made_that_no_file_could_say(parts):
    with pytest.raises(BadPolicy):
        Policy(**parts)


# --- when it is met


def test_a_single_witness_may_be_the_quorum():
    policy = Policy(witnesses=(X1, X2), quorum="X1")
    assert [policy.is_met(names) for names in subsets(["X1", "X2"])] == [False, True, False, True]


@pytest.mark.parametrize(("threshold", "least"), [("any", 1), ("1", 1), ("2", 2), ("3", 3), ("all", 3)])
def test_a_group_is_met_by_so_many_of_its_members(threshold, least):
    lines = "".join(f"witness {one.name} {one.key}\n" for one in (X1, X2, X3))
    policy = Policy.parse(f"{lines}group G {threshold} X1 X2 X3\nquorum G\n")
    for names in subsets(["X1", "X2", "X3"]):
        assert policy.is_met(names) is (len(names) >= least)


def test_groups_of_groups_are_met_from_within():
    policy = Policy.parse(NESTED)
    for names in subsets(["X1", "X2", "X3", "Y1"]):
        assert policy.is_met(names) is ("Y1" in names and len(set(names) - {"Y1"}) >= 2)


def test_a_group_cannot_be_met_by_calling_its_name():
    assert not Policy.parse(NESTED).is_met(["all-of-them", "X", "Y", "none", "X1"])


def test_who_is_outside_the_quorum_does_not_count():
    policy = Policy(witnesses=(X1, X2, X3), groups=(Group("G", 2, ("X1", "X2")),), quorum="G")
    assert not policy.is_met(["X1", "X3", "stranger"])
    assert policy.is_met(["X1", "X2"])


@given(policies(), st.data())
def test_another_cosignature_never_makes_it_worse(policy, data):
    names = [one.name for one in policy.witnesses]
    some = data.draw(st.lists(st.sampled_from(names), unique=True)) if names else []
    if policy.is_met(some):
        assert policy.is_met(names)
    assert policy.is_met(names), "whatever a file may ask for, all of its witnesses together can give"
    assert policy.is_met(()) is (policy.quorum is None)


def test_verified_cosignatures_lead_to_the_names_of_the_policy():
    policy = Policy.parse(NESTED)
    keys = [LOG.key, *(one.key for one in policy.witnesses)]
    assert policy.names_of(verified(signed("A text.\n", LOG, W1, W4), keys)) == {"X1", "Y1"}
    assert policy.names_of([LOG.key]) == frozenset()
    assert policy.is_met(policy.names_of(verified(signed("A text.\n", LOG, W1, W3, W4), keys)))
