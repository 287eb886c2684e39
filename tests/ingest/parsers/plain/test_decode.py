import codecs
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import ParseError
from ingest.parsers.plain.decode import decode

SIMPLIFIED = [
    "年假",
    "员工手册",
    "请假制度",
    "第一章 总则",
    "联系人：张伟",
    "差旅费报销标准：一线城市每晚600元",
    "公司员工每年可享受25天带薪年假。",
]
TRADITIONAL = [
    "員工手冊",
    "請假制度",
    "第一章 總則",
    "差旅費標準",
    "臺北分公司報銷流程",
    "聯絡人：張偉",
]


@pytest.mark.parametrize("text", SIMPLIFIED)
@pytest.mark.parametrize("encoding", ["gb18030", "gbk", "utf-8", "utf-16", "utf-8-sig"])
def test_short_simplified_chinese_is_read_in_any_encoding(text: str, encoding: str) -> None:
    """Two characters of everyday Chinese are enough to know GB18030 from everything else."""
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize("text", TRADITIONAL)
@pytest.mark.parametrize("encoding", ["big5", "utf-8"])
def test_short_traditional_chinese_is_read_as_big5(text: str, encoding: str) -> None:
    """Big5 shares most of its byte pairs with GB18030, but not the everyday characters."""
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("有給休暇は25日です。", "cp932"),
        ("社員ハンドブックの使い方", "euc_jp"),
        ("연차 휴가는 25일입니다.", "cp949"),
        ("L’année dernière, l’équipe a été très occupée – c’est ça.", "cp1252"),
        ("Führung und Größe der Firma", "cp1252"),
        ("£25 per day", "cp1252"),
        ("Отпуск составляет 25 дней в году.", "cp1251"),
        ("Отпуск составляет 25 дней в году.", "koi8_r"),
        ("Καλημέρα σας, η άδεια είναι 25 ημέρες", "cp1253"),
        ("Leave: 25 days, 年假", "utf-16-le"),
        ("Leave: 25 days, mostly", "utf-16-be"),
    ],
)
def test_other_scripts_are_known_by_their_commonest_characters(text: str, encoding: str) -> None:
    """A wrong guess yields rare characters, a right one the usual."""
    assert decode(text.encode(encoding)) == text


@given(st.text())
def test_utf8_is_always_read_as_such(text: str) -> None:
    """What was written as UTF-8 comes back to the letter (NULs make a file binary)."""
    text = "".join(c for c in text if (c >= " " and c != "\x7f") or c in "\n\t").removeprefix(
        "\ufeff"
    )
    assert decode(text.encode()) == text


@given(st.text(st.characters(min_codepoint=32, exclude_categories=("Cs",))))
def test_byte_order_marks_are_believed_and_dropped(text: str) -> None:
    """The mark says the encoding and is no part of the text."""
    text = text.removeprefix("\ufeff")
    assert decode(codecs.BOM_UTF8 + text.encode()) == text
    assert decode(text.encode("utf-16")) == text
    assert decode(text.encode("utf-32")) == text


def test_a_few_broken_bytes_do_not_turn_utf8_into_something_else() -> None:
    """A log that was cut inside a character is still UTF-8."""
    text = "员工每年享有二十五天带薪年假。" * 20
    assert decode(text.encode()[:-1]).startswith(text[:-1])


def test_a_stray_zero_byte_does_not_make_a_text_binary() -> None:
    """Logs hold some; the cleaning drops them."""
    assert decode(b"first line\n\0second line\n") == "first line\n\0second line\n"


def test_odd_bytes_far_down_are_judged_by_what_is_around_them() -> None:
    """A long ASCII beginning says nothing of the encoding of the end."""
    text = "plain words\n" * 20_000 + "员工每年享有二十五天带薪年假。\n"
    assert decode(text.encode("gb18030")) == text
    assert decode(text.encode()[:-3]) == text[:-2] + "\ufffd"


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" * 20,
        bytes(range(256)) * 4,
        b"\0" * 64,
        b"MZ\x90\0\x03\0" * 9,
    ],
)
def test_binary_data_are_no_text(data: bytes) -> None:
    """Zero bytes and control characters give them away."""
    with pytest.raises(ParseError, match="is not text"):
        decode(data)


@given(st.binary())
def test_any_bytes_give_text_or_a_reason(data: bytes) -> None:
    """No other exception comes out."""
    with suppress(ParseError):
        assert isinstance(decode(data), str)
