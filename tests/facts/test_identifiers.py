"""Identifiers: one spelling for each patent and party, and no slip of the pen that goes unseen."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.facts.identifiers import (
    BadIdentifier,
    half_width,
    is_application_only,
    is_uscc,
    normal_code,
    normal_ipc,
    normal_party_id,
    normal_patent_id,
    patent_check_digit,
    patent_filing_year,
    patent_right,
    usual_recordal_number,
    usual_tech_contract_number,
)

PUBLISHED = [
    "201820557176.0",
    "201930071397.7",
    "201710345450.8",
    "201910699568.X",
    "202010422811.6",
    "202222939332.9",
    "201710601862.3",
    "201210593328.X",
    "95115608.X",
    "00814037.5",
    "01800565.9",
]
INVENTED = [
    "202010000001.1",
    "202010000002.6",
    "202010000003.0",
    "202020000001.7",
    "202030000001.2",
    "201980000001.7",
    "202090000001.5",
    "202310000011.9",
]
CREDIT_CODES = ["91110000600037341L", "91110108551385082Q", "91350100M000100Y43", "91420100MA4K000120"]
USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def refusal(text: str, normal=normal_patent_id) -> BadIdentifier:
    with pytest.raises(BadIdentifier) as caught:
        normal(text)
    return caught.value


def outcome(normal, text: str) -> str | BadIdentifier:
    try:
        return normal(text)
    except BadIdentifier as problem:
        return problem


def full_width(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


@st.composite
def patent_numbers(draw: st.DrawFn) -> str:
    """Canonical Chinese ids of both lengths."""
    kind = draw(st.sampled_from("12389"))
    if draw(st.booleans()):
        body = f"{draw(st.integers(2003, 2099))}{kind}{draw(st.integers(0, 9_999_999)):07d}"
    else:
        year = draw(st.sampled_from([*range(85, 100), *range(4)]))
        body = f"{year:02d}{kind}{draw(st.integers(0, 99_999)):05d}"
    return f"CN{body}.{patent_check_digit(body)}"


@st.composite
def credit_codes(draw: st.DrawFn) -> str:
    """Credit codes whose check character comes from the standard's sum, worked here a second time."""
    symbol = st.sampled_from(USCC_ALPHABET)
    front = "".join(draw(st.lists(symbol, min_size=2, max_size=2))) + f"{draw(st.integers(0, 999_999)):06d}"
    front += "".join(draw(st.lists(symbol, min_size=9, max_size=9)))
    total = sum(USCC_ALPHABET.index(c) * pow(3, place, 31) for place, c in enumerate(front))
    return front + USCC_ALPHABET[-total % 31]


@pytest.mark.parametrize("number", PUBLISHED + INVENTED)
def test_a_published_number_is_its_own_canonical_form_behind_cn(number):
    assert normal_patent_id(number) == normal_patent_id(f"CN{number}") == f"CN{number}"


@pytest.mark.parametrize(
    "written",
    [
        "201210593328.X",
        "CN201210593328.X",
        "ZL201210593328.X",
        "ZL 2012 1 0593328.X",
        "zl201210593328.x",
        "CN201210593328X",
        "201210593328x",
        "CN201210593328.XA",
        "CN201210593328.XB",
        "CN201210593328XA",
        "CNZL201210593328.X",
        "ＺＬ２０１２１０５９３３２８．Ｘ",
        "ＺＬ　２０１２　１　０５９３３２８．ｘ",
        "ZL201210593328。X",
        "  CN201210593328.X\n",
        "\u202aZL2012\u00a010593328.X\u202c",
    ],
)
def test_every_way_of_writing_a_number_gives_the_same_id(written):
    assert normal_patent_id(written) == "CN201210593328.X"


@pytest.mark.parametrize("written", ["95115608.X", "ZL 95 1 15608.X", "95115608x", "ＣＮ９５１１５６０８．Ｘ", "CN95115608.XA"])
def test_an_old_number_of_nine_characters_is_read_too(written):
    assert normal_patent_id(written) == "CN95115608.X"


@given(number=patent_numbers(), data=st.data())
def test_spaces_width_case_prefix_dot_and_kind_letter_do_not_change_the_id(number, data):
    bare = number.removeprefix("CN")
    written = data.draw(st.sampled_from(["", "CN", "ZL", "CN ZL ", "cn"])) + bare
    if data.draw(st.booleans()):
        written = written.replace(".", "")
    written += data.draw(st.sampled_from(["", "A", "B", "U", "S", "Y1"]))
    place = data.draw(st.integers(0, len(written)))
    written = written[:place] + data.draw(st.sampled_from(["", " ", "　", "\u200b"])) + written[place:]
    if data.draw(st.booleans()):
        written = full_width(written)
    assert normal_patent_id(written.lower()) == number


@given(number=patent_numbers(), data=st.data())
def test_any_single_digit_that_is_wrong_is_caught(number, data):
    place = data.draw(st.sampled_from([i for i, c in enumerate(number) if c.isdigit() or i == len(number) - 1]))
    digits = "0123456789X" if place == len(number) - 1 else "0123456789"
    wrong = data.draw(st.sampled_from(digits.replace(number[place], "")))
    refusal(number[:place] + wrong + number[place + 1 :])


@given(number=patent_numbers(), data=st.data())
def test_two_neighbouring_digits_that_changed_places_are_caught(number, data):
    swaps = [i for i in range(2, len(number) - 3) if number[i] != number[i + 1]]
    if swaps:
        i = data.draw(st.sampled_from(swaps))
        refusal(number[:i] + number[i + 1] + number[i] + number[i + 2 :])


def test_a_wrong_check_digit_is_answered_with_the_right_one():
    problem = refusal("CN201210593328.1")
    assert (problem.reason, problem.params) == ("patent-check-digit", {"found": "1", "expected": "X"})


@pytest.mark.parametrize("written", ["CN201210593328", "201210593328", "CN201210593328A", "95115608"])
def test_a_number_without_its_check_digit_is_told_so(written):
    problem = refusal(written)
    assert (problem.reason, problem.params) == ("patent-check-missing", {"expected": "X"})


@pytest.mark.parametrize(
    "written",
    ["CN103323265B", "CN103323265A", "CN 103323265 B", "103323265", "CN1234567C", "CN1234567A", "cn209876543u", "CN305123456S"],
)
def test_a_publication_number_is_refused_by_its_own_name(written):
    assert refusal(written).reason == "patent-publication"


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("", "patent-form"),
        ("CN", "patent-form"),
        ("CN2012105933.X", "patent-form"),
        ("CN20121593328", "patent-form"),
        ("CN201210593328.X9", "patent-form"),
        ("CN201210593328.XQ", "patent-form"),
        ("CN²01210593328.X", "patent-form"),
        ("CN٢٠١٢10593328.X", "patent-form"),
        ("第201210593328.X号", "patent-form"),
        ("CN201240593328.0", "patent-kind"),
        ("95415608.X", "patent-kind"),
        ("CN199810593328.0", "patent-year"),
        ("CN210010593328.0", "patent-year"),
        ("84115608.0", "patent-year"),
        ("04115608.0", "patent-year"),
    ],
)
def test_what_is_no_number_is_refused_with_the_first_thing_that_is_wrong(written, reason):
    assert refusal(written).reason == reason


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("US 11,234,567 B2", "US11234567B2"),
        ("us11234567b2", "US11234567B2"),
        ("US D912345 S1", "USD912345S1"),
        ("USRE45678E1", "USRE45678E1"),
        ("EP 3 123 456 B1", "EP3123456B1"),
        ("ＥＰ３１２３４５６Ｂ１", "EP3123456B1"),
        ("JP 2020-123456 A", "JP2020123456A"),
        ("KR 10-1234567 B1", "KR101234567B1"),
        ("DE 10 2012 123 456 B4", "DE102012123456B4"),
        ("WO 2022/123456 A1", "WO2022123456A1"),
        ("WO2022123456A1", "WO2022123456A1"),
        ("WO 98/12345 A1", "WO9812345A1"),
        ("PCT/CN2021/123456", "PCT/CN2021/123456"),
        ("pct/cn 2021/123456", "PCT/CN2021/123456"),
        ("PCTCN2021123456", "PCT/CN2021/123456"),
        ("PCT/CN01/00123", "PCT/CN01/00123"),
    ],
)
def test_a_foreign_number_is_office_number_and_kind_in_one_word(written, canonical):
    assert normal_patent_id(written) == normal_patent_id(canonical) == canonical


def test_a_foreign_number_without_its_kind_would_be_a_second_id_and_is_refused():
    assert refusal("US 11,234,567").reason == "patent-foreign-kind"


@pytest.mark.parametrize(
    "written",
    [
        "U11234567B2",
        "US12B2",
        "WO2022123A1",
        "WO1234567A1",
        "PCT/CN2021/12345",
        "PCT/CN201/123456",
        "EP3123456.5B1",
        "US11234567B22",
    ],
)
def test_a_foreign_number_of_another_shape_is_refused(written):
    assert refusal(written).reason == "patent-form"


@given(patent_numbers() | st.sampled_from(["US11234567B2", "WO2022123456A1", "PCT/CN2021/123456", "PCT/CN01/00123"]))
def test_a_canonical_id_stays_as_it_is(number):
    assert normal_patent_id(number) == number


@pytest.mark.parametrize(
    ("number", "right", "year"),
    [
        ("CN201210593328.X", "invention", 2012),
        ("CN201820557176.0", "utility_model", 2018),
        ("CN201930071397.7", "design", 2019),
        ("CN201980000001.7", "invention", 2019),
        ("CN202090000001.5", "utility_model", 2020),
        ("CN95115608.X", "invention", 1995),
        ("CN00814037.5", "invention", 2000),
        ("CN01800565.9", "invention", 2001),
        ("US11234567B2", None, None),
        ("PCT/CN2021/123456", None, None),
    ],
)
def test_the_number_tells_right_and_filing_year_of_a_chinese_patent_only(number, right, year):
    assert (patent_right(number), patent_filing_year(number)) == (right, year)


@pytest.mark.parametrize(
    ("number", "answer"),
    [("PCT/CN2021/123456", True), ("WO2022123456A1", True), ("US11234567B2", False), ("CN201210593328.X", False)],
)
def test_an_international_application_is_never_a_patent(number, answer):
    assert is_application_only(number) is answer


@pytest.mark.parametrize("code", CREDIT_CODES)
def test_a_published_credit_code_is_accepted(code):
    assert normal_party_id(code) == code
    assert is_uscc(code)


@given(credit_codes())
def test_a_code_with_a_right_check_character_is_accepted_even_where_it_begins_with_a_letter_or_the_sum_is_nought(code):
    spaced = f" {code[:2]} {code[2:8]}　{code[8:]}".lower()
    assert normal_party_id(spaced) == normal_party_id(full_width(code)) == code


@pytest.mark.parametrize(
    "front", ["N2420100MA4K00001", "Y1420100MA4K00001", "A1420100MA4K00001"], ids=["rural collective", "Y code", "A code"]
)
def test_a_code_that_begins_with_a_letter_has_exactly_one_right_ending(front):
    assert len([c for c in USCC_ALPHABET if is_uscc(front + c)]) == 1


@given(code=credit_codes(), data=st.data())
def test_any_single_wrong_character_of_a_credit_code_is_caught(code, data):
    place = data.draw(st.integers(0, 17))
    wrong = data.draw(st.sampled_from(USCC_ALPHABET.replace(code[place], "") + "IOSVZ"))
    spoiled = code[:place] + wrong + code[place + 1 :]
    assert refusal(spoiled, normal_party_id).reason in {"uscc-check-digit", "uscc-form"}
    assert not is_uscc(spoiled)


def test_a_wrong_check_character_is_answered_with_the_right_one():
    problem = refusal("91110000600037341K", normal_party_id)
    assert (problem.reason, problem.params) == ("uscc-check-digit", {"found": "K", "expected": "L"})


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("US:12-3456789", "US:12-3456789"),
        (" us : 12-3456789 ", "US:12-3456789"),
        ("ORG:12420000-7", "ORG:12420000-7"),
        ("ＯＲＧ：武汉联盟", "ORG:武汉联盟"),
        ("PER:p-0017", "PER:p-0017"),
        ("PER:e\u0301", "PER:\u00e9"),
        ("DE:" + "7" * 64, "DE:" + "7" * 64),
        ("US:a:b", "US:a:b"),
        ("CN:91420100MA4K000120", "91420100MA4K000120"),
        ("ORG:9142 0100 ma4k000120", "91420100MA4K000120"),
    ],
)
def test_a_party_without_credit_code_stands_under_its_scheme(written, canonical):
    assert normal_party_id(written) == normal_party_id(canonical) == canonical


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("", "party-form"),
        ("某某公司", "party-form"),
        ("9111000060003734", "party-form"),
        ("91A10000600037341L", "uscc-form"),
        ("91110000600037341O", "uscc-form"),
        ("ORG:", "party-form"),
        ("US: ", "party-form"),
        ("US:12 34", "party-form"),
        ("US:12\u200b34", "party-form"),
        ("US:12\x0034", "party-form"),
        ("US:" + "7" * 65, "party-form"),
        ("USA:1", "party-scheme"),
        (":1", "party-scheme"),
        ("U1:1", "party-scheme"),
    ],
)
def test_what_is_no_party_id_is_refused_with_its_reason(written, reason):
    assert refusal(written, normal_party_id).reason == reason


@pytest.mark.parametrize(
    "written", ["PER:42010619900101123X", "PER:110101199003071233", "CN:42010619900101123x", "PER: 420106 19900101 123X"]
)
def test_a_resident_identity_number_is_refused_and_not_repeated(written):
    problem = refusal(written, normal_party_id)
    assert (problem.reason, problem.params) == ("party-private", {})
    assert str(problem) == "party-private"


@pytest.mark.parametrize("normal", [normal_patent_id, normal_party_id, normal_ipc, normal_code])
@given(text=st.text())
def test_any_text_either_has_a_stable_id_or_a_refusal_that_can_be_printed(normal, text):
    answer = outcome(normal, text)
    if isinstance(answer, BadIdentifier):
        assert re.fullmatch(r"[a-z]+(-[a-z]+)+", answer.reason)
        assert all(len(value) <= 81 and value.isprintable() for value in answer.params.values())
    else:
        assert normal(answer) == answer


def test_a_long_text_is_not_repeated_whole_in_a_refusal():
    assert refusal("七" * 5000).params == {"number": "七" * 80 + "…"}


def test_only_full_width_signs_are_folded_and_no_superscript_or_circled_digit():
    assert half_width("ＡＢ１２：．　²①½") == "AB12:. ²①½"


@pytest.mark.parametrize(
    ("number", "usual"),
    [
        ("X2023980044219", True),
        ("Y2023980044219", True),
        ("2023980044219", True),
        ("Z2023980044219", False),
        ("x2023980044219", False),
        ("202398004421", False),
        ("20239800442199", False),
        ("２０２３９８００４４２１９", False),
        ("2023980044219\n", False),
    ],
)
def test_a_recordal_number_is_usual_with_thirteen_digits_behind_x_y_or_nothing(number, usual):
    assert usual_recordal_number(number) is usual


@pytest.mark.parametrize(
    ("number", "usual"), [("2025420100001234", True), ("202542010000123", False), ("20254201000012345", False)]
)
def test_a_technology_contract_number_is_usual_with_sixteen_digits(number, usual):
    assert usual_tech_contract_number(number) is usual


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("G06F16/33", "G06F16/33"),
        ("g06f 16/33", "G06F16/33"),
        ("H01L 21/336(2006.01)I", "H01L21/336"),
        ("Ａ６１Ｋ３１／００", "A61K31/00"),
        ("14-02", "14-02"),
        ("LOC(13) Cl. 14-02", "14-02"),
    ],
)
def test_a_class_is_written_without_spaces_and_edition(written, canonical):
    assert normal_ipc(written) == canonical


@pytest.mark.parametrize("written", ["", "G06F", "I06F16/33", "G06F16/3", "G06F16/3333333", "G06F12345/33", "1402"])
def test_what_is_no_class_is_refused(written):
    assert refusal(written, normal_ipc).reason == "ipc-form"


@pytest.mark.parametrize("code", ["wh-photonics", "c1", "0a", "a-", "a" * 31])
def test_a_code_of_small_letters_digits_and_hyphens_is_taken(code):
    assert normal_code(f" {code} ") == code


@pytest.mark.parametrize("code", ["", "a", "-a", "Wh-photonics", "wh_photonics", "a" * 32, "wh photonics", "wh-光电"])
def test_any_other_code_is_refused_and_capitals_are_not_folded(code):
    assert refusal(code, normal_code).reason == "code-form"
