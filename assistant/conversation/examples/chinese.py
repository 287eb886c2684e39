"""Questions from Chinese titles and headings, as a person would ask them."""

from __future__ import annotations

import re

from ingest.text.language import language_of

_NUMBERING = re.compile(
    r"^(?:第[一二三四五六七八九十百零〇\d]+[章节節条條篇部]|[一二三四五六七八九十]+[、.．]"
    r"|[（(][一二三四五六七八九十\d]+[)）]|\d+(?:[.．]\d+)*(?:[、.．)）]|\s)|(?:问|問|[Qq])[:：.．]?)\s*"
)
_ASKS = re.compile(
    r"怎么|怎麼|怎样|怎樣|如何|什么|什麼|为何|哪|多少|多久|多长|几|幾|谁|誰|吗|嗎|能否|是否"
)
_IS_ASKED = re.compile(
    r"(?:如何|怎么|怎麼|怎样|怎樣|为什么|為什麼|什么是|什麼是).+"
    r"|.+(?:怎么办|怎麼辦|什么时候|什麼時候|多少|多久|哪些|哪里|哪裡|吗|嗎)"
)
_ASIDE = re.compile(r"[（(〔【\[][^）)〕】\]]*[）)〕】\]]")
_RULES = re.compile(
    r"(?:法|条例|條例|规定|規定|办法|辦法|制度|规程|規程|政策|细则|守则|须知|須知)$"
)
_WHAT = re.compile(r"(?:流程|步骤|步驟|程序|标准|標準|方法)$")
_WHICH = re.compile(r"(?:条件|條件|材料|范围|範圍|职责|職責|要求|情况|情況|措施|方式|内容)$")
_GENERIC = re.compile(
    r"(?:总则|總則|附则|附則|目的|概述|简介|前言|引言|目录|说明|备注|其他|其它|附件|附录|参考|定义"
    r"|适用范围|一般规定|基本信息|常见问题|相关文件|特殊情况|流程|步骤|标准|要求|范围|职责|内容)"
)
_OF_A_DAY = re.compile(r"\d{4}|纪要|紀要|通知|会议|會議")
_SHOWN = re.compile(r"[\w、，·《》“”％%/\-]+")
_MOST_CHARACTERS = 30


def heading_question(title: str, heading: str, text: str) -> tuple[int, str] | None:
    """A question that the part below a heading answers, and how natural it is (0: most).

    None for a heading that tells nothing.
    """
    if asked := _asked(heading):
        return 0, asked
    named, about = _named(title), plain(heading)
    if not named or _GENERIC.fullmatch(about) or _named(heading) == named:
        return None
    if not 2 <= len(about) <= _MOST_CHARACTERS or _SHOWN.fullmatch(about) is None:
        return None
    if language_of(about) != "zh":
        return None
    if _WHAT.search(about):
        return 1, f"《{named}》里的{about}是什么？"
    if _WHICH.search(about):
        return 1, f"《{named}》里的{about}有哪些？"
    return 2, f"《{named}》对{about}是怎么{'规定' if _RULES.search(named) else '说明'}的？"


def title_question(title: str, text: str) -> tuple[int, str] | None:
    """The same for a document as a whole."""
    if asked := _asked(title):
        return 0, asked
    named = _named(title)
    if not named or language_of(named) != "zh":
        return None
    return 3, f"《{named}》主要{'规定' if _RULES.search(named) else '说明'}了什么？"


def plain(text: str) -> str:
    """A title or heading without its number, an aside in brackets, or spaces that only set it."""
    said = _NUMBERING.sub("", " ".join(text.split()))
    said = _ASIDE.sub("", said).strip(" :：。")
    return re.sub(r"(?<=[\u3400-\u9fff]) (?=[\u3400-\u9fff])", "", said)


def _asked(text: str) -> str | None:
    """A heading that is a question already."""
    said = plain(text)
    if not 6 <= len(said) <= _MOST_CHARACTERS or language_of(said) != "zh":
        return None
    if said.endswith(("？", "?")):
        return f"{said[:-1]}？" if _ASKS.search(said) else None
    return f"{said}？" if _IS_ASKED.fullmatch(said) else None


def _named(title: str) -> str:
    """A title as people call the document; "" if it is no name."""
    said = plain(title).removeprefix("中华人民共和国").strip("《》")
    fits = 2 <= len(said) <= _MOST_CHARACTERS and _SHOWN.fullmatch(said)
    return said if fits and "《" not in said and _OF_A_DAY.search(said) is None else ""
