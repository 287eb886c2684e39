"""What a sentence commits itself to besides its figures: codes, currencies, denial, bounds.

Words may be paraphrased; these may not.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_CODE = re.compile(
    r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+|https?://[^\s，。）)\]]+"
    r"|(?<![A-Za-z0-9])[A-Za-z]+(?:[-_/.]?[A-Za-z0-9]+)*",
    re.ASCII,
)
_CODE_PARTS = re.compile(r"[A-Za-z]+|\d+")
_HAN = "\u3400-\u9fff"
_NAME = re.compile(
    rf"(?<=[\w,;:({_HAN}][ ])[A-Z][A-Za-z]{{2,}}"
    r"|(?<![A-Za-z])[A-Z][a-z]+[A-Z][A-Za-z]+|(?<![A-Za-z])[A-Z]{3,}(?![a-z])"
    r"|(?<![A-Za-z])[A-Z][a-z]{2,}(?=\s[A-Z][a-z]{2,})"
    rf"|(?<=[{_HAN}])[A-Za-z]{{3,}}|(?<![A-Za-z])[A-Za-z]{{3,}}(?=\s?[{_HAN}])"
)
_NO_NAMES = frozenset(
    [
        "January", "February", "March", "April", "May", "June", "July", "August", "September",
        "October", "November", "December", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday",
        "Saturday", "Sunday", "USD", "EUR", "GBP", "CNY", "RMB", "The", "This", "Inc", "Ltd",
    ]
)  # fmt: skip
_CURRENCIES = {
    name: re.compile(signs, re.IGNORECASE)
    for name, signs in {
        "usd": r"\$|\bUSD\b|\bdollars?\b|美元",
        "eur": r"€|\bEUR\b|\beuros?\b|欧元",
        "gbp": r"£|\bGBP\b|\bpounds?\b|英镑",
        "cny": r"[¥￥]|\bCNY\b|\bRMB\b|\byuan\b|人民币|(?<![美欧日港单公])元(?![旦素件])",
    }.items()
}
_NEGATION = re.compile(
    r"\b(?:not|no|never|none|neither|nor|cannot|without|nobody|nothing)\b|n['’]t\b"
    r"|不(?![同仅但断过错少久足])|没(?!收)|无(?![线论人机])|未(?!来|休|满|用|使用|成年|婚|付)|勿|莫|禁止|严禁|非(?!常)",
    re.IGNORECASE,
)
_NO_DENIAL = re.compile(
    r"\b(?:not only|whether or not|not exceed\w*|(?:no|not) (?:later|more|less|fewer) than)\b"
    r"|\bno\.\s?\d|不(?:得|能|应|宜)?(?:超过|少于|低于|高于|多于|晚于|早于|迟于)",
    re.IGNORECASE,
)
_CLAUSE = re.compile(
    r"[,，;；:：、()（）—|\n]|\b(?:and|but|while|whereas|except|unless)\b|但是?|而"
)

_CONTRARY = tuple(
    (re.compile(one, re.IGNORECASE), re.compile(other, re.IGNORECASE))
    for one, other in (
        (
            r"\bat least\b|\bminimum\b|\bno (?:less|fewer) than\b|至少|最少|不少于|不低于|最低",
            r"\bat most\b|\bmaximum\b|\bup to\b|\bno(?:t)? more than\b|\bnot exceed\w*"
            r"|至多|最多|不超过|不得超过|最高|上限",
        ),
        (
            r"\bmust\b|\bmandatory\b|\brequired\b|\bcompulsory\b|\bobligatory\b|必须|务必|强制",
            r"\boptional(?:ly)?\b|\bvoluntar\w+|\bmay\b|自愿|可选|可以",
        ),
        (r"\bpaid\b|(?<!不)带薪", r"\bunpaid\b|无薪|不带薪"),
        (
            r"\b(?:increas\w+|ris(?:e|es|en|ing)|rose|rais\w+|gr(?:ew|ow\w*))\b|增加|上升|提高|增长",
            r"\b(?:decreas\w+|reduc\w+|fell|fall\w*|drop\w*|declin\w+)\b|减少|下降|降低|下跌",
        ),
        (r"\bbefore\b|\bprior to\b|之前|以前", r"\bafter\b|之后|以后"),
        (r"\binclud\w+|\binclusive\b|(?<!不)包括|(?<!不)包含", r"\bexclud\w+|不包括|不包含|不含"),
        (
            r"\b(?:allowed|permitted)\b|(?<!不)允许",
            r"\b(?:forbidden|prohibited|banned|disallowed)\b|禁止|严禁|不允许",
        ),
    )
)
"""Pairs that say the contrary of one another."""


def codes(text: str) -> frozenset[str]:
    """Identifiers (`HR-12`, `v2.1`), addresses and e-mail addresses of `text`, as written."""
    found = (match[0].rstrip(".,") for match in _CODE.finditer(unicodedata.normalize("NFKC", text)))
    return frozenset(
        one for one in found if "@" in one or "://" in one or any(sign.isdigit() for sign in one)
    )


def missing_codes(wanted: Iterable[str], text: str) -> frozenset[str]:
    """Those of `wanted` that `text` does not hold; "HR-12", "HR 12" and "hr12" are one."""
    text = unicodedata.normalize("NFKC", text)
    return frozenset(one for one in wanted if not _pattern_of(one).search(text))


def _pattern_of(code: str) -> re.Pattern[str]:
    parts = r"[-_\s./:@+]{0,3}".join(map(re.escape, _CODE_PARTS.findall(code)))
    return re.compile(rf"(?<![A-Za-z0-9]){parts}(?![A-Za-z0-9])", re.IGNORECASE)


def names(text: str) -> frozenset[str]:
    """Latin words of `text` that are names: capitalised inside a sentence, or within Chinese."""
    return frozenset(match[0] for match in _NAME.finditer(text) if match[0] not in _NO_NAMES)


def missing_names(wanted: Iterable[str], text: str) -> frozenset[str]:
    """Those of `wanted` that `text` does not hold, in whatever case, also as a part of a word."""
    lower = text.lower()
    return frozenset(one for one in wanted if one.lower() not in lower)


def other_currency(statement: str, source: str) -> bool:
    """Whether both name currencies, and none in common."""
    mine, theirs = _currencies(statement), _currencies(source)
    return bool(mine and theirs and not mine & theirs)


def _currencies(text: str) -> set[str]:
    return {name for name, signs in _CURRENCIES.items() if signs.search(text)}


def denials(text: str) -> int:
    """How often `text` denies; "no more than" and the like are bounds, not denials."""
    return len(_NEGATION.findall(_NO_DENIAL.sub(" ", text)))


def clauses(text: str) -> list[str]:
    """The clauses of a sentence, roughly: as far as a "not" in it reaches."""
    return [part for part in _CLAUSE.split(_NO_DENIAL.sub(" ", text)) if part and part.strip()]


def contradicts(statement: str, source: str) -> bool:
    """Whether one says "at least" where the other says only "at most", and such like."""
    return any(
        mine.search(statement)
        and not contrary.search(statement)
        and contrary.search(source)
        and not mine.search(source)
        for one, other in _CONTRARY
        for mine, contrary in ((one, other), (other, one))
    )
