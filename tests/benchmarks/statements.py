"""Statements to be checked: true ones in other words, and the same with one thing changed.

Nothing here is random: the same passages give the same statements. What is changed is a figure, a
name or whether something is denied, each of which makes another statement of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.types import Passage
from ingest.text.language import language_of
from ingest.text.sentences import split_sentences


@dataclass(frozen=True, slots=True)
class Told:
    """A sentence of a document, the same in other words, and in the other language."""

    sentence: str
    other_words: str
    translated: str


DOCUMENTS: dict[str, tuple[Told, ...]] = {
    "Leave policy": (
        Told(
            "Employees in Rotterdam receive 26 days of paid leave in each calendar year.",
            "Staff at the Rotterdam site get 26 days off a year with pay.",
            "鹿特丹的员工每个日历年享有26天带薪休假。",
        ),
        Told(
            "Unused days may be carried over until 31 March of the following year.",
            "What is left of the days can be taken until 31 March of the next year.",
            "未使用的假期可以结转到次年3月31日。",
        ),
        Told(
            "Requests for more than 10 consecutive days must be approved by Maria Jansen.",
            "Whoever wants over 10 consecutive days needs the approval of Maria Jansen.",
            "连续10天以上的休假申请必须由Maria Jansen批准。",
        ),
        Told(
            "Sick leave does not count towards the annual allowance.",
            "The annual allowance is not reduced by sick leave.",
            "病假不计入年度假期额度。",
        ),
    ),
    "Travel policy": (
        Told(
            "Hotel costs are reimbursed up to 140 euros per night in Berlin.",
            "The company pays hotels in Berlin up to 140 euros a night.",
            "在柏林，酒店费用每晚最多报销140欧元。",
        ),
        Told(
            "Flights under 4 hours are booked in economy class.",
            "A flight of less than 4 hours is booked in economy.",
            "4小时以内的航班预订经济舱。",
        ),
        Told(
            "Receipts have to be handed in within 15 days after the trip.",
            "Receipts are due within 15 days of the trip.",
            "票据须在出差结束后15天内提交。",
        ),
        Told(
            "Private cars may be used if the train takes more than 3 hours.",
            "Your own car may be used where the train takes more than 3 hours.",
            "如果火车需要3小时以上，可以使用私家车。",
        ),
    ),
    "Security handbook": (
        Told(
            "Passwords of administrators must have at least 16 characters.",
            "Administrators must choose a password with at least 16 characters.",
            "管理员的密码必须至少有16个字符。",
        ),
        Told(
            "The error ERR-4042 means that the certificate of the proxy has expired.",
            "You see ERR-4042 when the certificate of the proxy is no longer valid.",
            "错误ERR-4042表示代理的证书已过期。",
        ),
        Told(
            "Laptops are encrypted by the Helsinki service desk before they are handed out.",
            "The service desk in Helsinki encrypts each laptop before handing it out.",
            "笔记本电脑在发放前由赫尔辛基服务台加密。",
        ),
        Told(
            "Visitors may not enter the server room without an escort.",
            "Visitors may not go into the server room alone.",
            "访客没有陪同不得进入机房。",
        ),
    ),
    "差旅制度": (
        Told(
            "上海办事处的员工出差每天补贴180元。",
            "上海办事处员工的出差补贴标准是每天180元。",
            "Employees of the Shanghai office receive 180 yuan a day when they travel.",
        ),
        Told(
            "超过2000元的采购必须由财务经理批准。",
            "采购金额在2000元以上的，须经财务经理批准。",
            "Purchases of more than 2000 yuan must be approved by the finance manager.",
        ),
        Told(
            "试用期员工不能申请远程办公。",
            "试用期内的员工不能申请在家办公。",
            "Employees on probation cannot apply for remote work.",
        ),
        Told(
            "设备每6个月由维修部检查一次。",
            "维修部每隔6个月对设备进行一次检查。",
            "The equipment is inspected by the maintenance department every 6 months.",
        ),
    ),
}


def altered(text: str, names: Sequence[str]) -> Iterator[str]:
    """The statement with another figure, another of `names`, and the other way round."""
    for change in (_other_figure(text), _other_name(text, names), _denied(text)):
        if change is not None and change != text:
            yield change


_FIGURE = re.compile(
    r"(?<![\w.,-])\d{1,3}(?:,\d{3})+(?![\w.,-]?\d)|(?<![A-Za-z\d.,-])\d+(?![\d.,]*\d)"
)


_MARKER = re.compile(r"\s*(?:[-*•]|[(（]?\d{1,2}[.)、）])\s*")


def _other_figure(text: str) -> str | None:
    marker = _MARKER.match(text)
    found = _FIGURE.search(text, marker.end() if marker else 0)
    if found is None:
        return None
    value = int(found[0].replace(",", ""))
    other = value + 10 if 1900 <= value <= 2100 else 2 * value + 1
    return text[: found.start()] + str(other) + text[found.end() :]


_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{3,}(?: [A-Z][a-z]{2,})*(?![A-Za-z-])")


def names_of(texts: Sequence[str]) -> list[str]:
    """Names inside sentences of texts: words with a capital letter that does not begin one."""
    return list(dict.fromkeys(name for text in texts for name in _NAME.findall(text)))


def _other_name(text: str, names: Sequence[str]) -> str | None:
    found = _NAME.search(text)
    if found is None:
        return None
    other = next((name for name in names if name not in text and found[0] not in name), None)
    return None if other is None else text[: found.start()] + other + text[found.end() :]


_DENIALS = (
    (re.compile(r"\b(do|does|may|must|can|is|are|will|has to|have to) not "), r"\1 "),
    (re.compile(r"\bcannot "), "can "),
    (re.compile(r"\b(may|must|can|is|are|will) "), r"\1 not "),
    (re.compile(r"\b(need|receive|get|mean)(s?) "), r"do not \1 "),
    (re.compile(r"不(能|得|计|可|会|需|应)"), r"\1"),
    (re.compile(r"(可以|必须|享有|应当|需要|能够)"), r"不\1"),
)


def _denied(text: str) -> str | None:
    for pattern, put in _DENIALS:
        changed, count = pattern.subn(put, text, count=1)
        if count:
            return changed
    return None


def sentences_of(passage: Passage, most: int) -> list[str]:
    """Sentences of a passage that say something: no headings, table rows, or scraps."""
    found = [passage.text[start:end] for start, end in split_sentences(passage.text)]
    return [
        one
        for one in found
        if one.rstrip().endswith((".", "。"))
        and "|" not in one
        and (len(one.split()) >= 6 or (language_of(one) == "zh" and len(one) >= 12))
    ][:most]
