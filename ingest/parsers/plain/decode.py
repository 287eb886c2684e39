"""Bytes to text: which encoding a text file is in, and whether it is text at all."""

from __future__ import annotations

import codecs
import re

from ingest.errors import ParseError

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE = 64 * 1024
_CONTROL = bytes(b for b in range(32) if b not in b"\t\n\v\f\r\x1b") + b"\x7f"
_MOST_CONTROL = 0.01
_FEW_CONTROL = 2
_MOST_ZERO = 0.002
_MOST_BROKEN = 0.01
"""Of a UTF-8 text so many characters may be broken (a log that was cut in the middle)."""

_CANDIDATES = (
    "gb18030",
    "big5hkscs",
    "cp932",
    "euc_jp",
    "cp949",
    "cp1252",
    "cp1251",
    "koi8_r",
    "cp1253",
)
_SURE = 0.3
_SHORT = 100
_LIKELY = 0.1
"""Enough for a text of under 100 bytes, of which a statistical detector knows no better."""

_EVERYDAY = {"gb18030": ("gb2312", 0xB0, 0xD7), "big5hkscs": ("big5", 0xA4, 0xC6)}
"""The rows of both tables that hold the characters of daily use; a wrong guess lands outside."""

_EVERYDAY_WEIGHT = 0.2
_FREQUENT_HAN = (
    "的一是不了在人有我他这這个個们們中来來上大为為和国國地到以说說时時要就出会會可也你对對生能而子那得于於着著"
    "下自之年过過发發后後作里裡用道行所然家种種事成方多经經么麼去法学學如都同现現当當没沒动動面起看定天分还還进"
    "進好小部其些主样樣理心本前开開但因只从從想实實日军軍者意无無力它与與长長把机機十民第公此已工使情明性知全三"
    "又关關点點正业業外将將两兩高间間由问問很最重并並物手应應战戰向头頭文体體政美相见見被利什二等产產或新己制身"
    "果加西斯月话話合回特代内內信表化老给給世位次度门門任常先海通教原东東声聲提立及比员員解水名真论論处處走义義"
    "各入几幾口认認条條平系气氣题題活尔爾更别別打女变變四神总總何电電数數安少报報才结結反受目太量再感建务務做接"
    "必场場件计計管期市直德资資命山金指克许許统統区區保至队隊形社便空决決治展马馬科司五基眼书書非则則听聽白却卻"
    "界达達光放强強即像难難且权權思王象完设設式色路记記南品住告类類求据據程北边邊死张張该該交规規万萬取拉格望觉"
    "覺术術领領共确確传傳师師观觀清今切院让讓识識候带帶导導争爭运運请請您谢謝部组組层層价價电司休假薪号號网網"
)
"""The commonest Chinese characters, simplified and traditional: close to half of any text."""

_COMMON = re.compile(
    rf"[{_FREQUENT_HAN}]"
    # Marks of Chinese and Japanese text, kana; frequent Korean syllables.
    r"|[，。、；：？！（）《》「」『』【】・ー\u3041-\u3096\u30a1-\u30fa]"
    r"|[이다는을에의가하고를은한로도지사기서아나인어리자시그정수대해있과일부들원내연차]"
    # Accented letters beside plain ones, marks between plain ones: wrong guesses pile them up.
    r"|(?<=[A-Za-z])[À-ÖØ-öø-ÿŒœŠšŽžß]|[À-ÖØ-öø-ÿŒœŠšŽžß](?=[A-Za-z])"
    r"|(?<![^\x00-\x7f])[’‘“”–—…•€£©®™°§«»\xa0](?![^\x00-\x7f])|\b[¿¡](?=[A-Z])"
    # Words in another alphabet: a capital stands at the beginning only.
    r"|(?<![^\W\d_])[А-ЯЁ]?(?=[а-яё])|(?<=[А-Яа-яёЁ])[а-яё]|(?<=[\u0386-\u03ce])[\u03ac-\u03ce]"
)
_NEVER = re.compile(
    r"[\x80-\x9f\u2500-\u259f\ue000-\uf8ff\uff61-\uff9f\ufffd]"
    r"|(?<=[а-яё])[А-ЯЁ]|(?<=[\u03ac-\u03ce])[\u0386-\u03ab]"
)
_NON_ASCII = re.compile(r"[^\x00-\x7f]")


def decode(data: bytes) -> str:
    """The text in `data`, without a byte order mark.

    By byte order mark, then UTF-8, UTF-16 without mark, then the legacy encoding in which the
    characters are the commonest ones (GB18030, Big5, Shift-JIS, EUC, Windows code pages), which
    is reliable from about four Chinese characters on; last what charset-normalizer finds.

    Raises:
        ParseError: the bytes are not text.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data.decode(encoding, errors="replace")
    sample = data[:_SAMPLE]
    if sample.count(0) > max(_FEW_CONTROL, _MOST_ZERO * len(sample)):
        return _utf16_without_mark(data)
    controls = len(sample) - len(sample.translate(None, _CONTROL))
    if controls > max(_FEW_CONTROL, _MOST_CONTROL * len(sample)):
        raise ParseError("the file is not text: it holds binary data")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as exc:
        sample = _lines_around(data, exc.start)
    return data.decode(_encoding_of_broken_utf8(sample), errors="replace")


def _lines_around(data: bytes, at: int) -> bytes:
    """A sample of whole lines with position `at` in it, where the lines are not too long."""
    first = max(0, at - _SAMPLE // 2)
    start = data.find(b"\n", first, at) + 1 or first if first else 0
    return data[start : at + _SAMPLE // 2]


def _encoding_of_broken_utf8(sample: bytes) -> str:
    """UTF-8 if only few characters are broken, else a legacy encoding that fits."""
    text = sample.decode("utf-8", errors="replace")
    broken = text.count("\ufffd")
    if broken <= _MOST_BROKEN * len(_NON_ASCII.findall(text)):
        return "utf-8"
    scores = {encoding: _plausibility(sample, encoding) for encoding in _CANDIDATES}
    best = max(_CANDIDATES, key=lambda encoding: scores[encoding])
    if scores[best] >= (_SURE if len(sample) >= _SHORT else _LIKELY):
        return best
    if broken <= _MOST_BROKEN * len(text):
        return "utf-8"
    from charset_normalizer import from_bytes

    guess = from_bytes(sample).best()
    if guess is not None and guess.encoding not in ("ascii", "utf_8"):
        return guess.encoding
    if scores[best] > 0:
        return best
    raise ParseError("the file is not text in any known encoding; save it as UTF-8")


def _utf16_without_mark(data: bytes) -> str:
    """UTF-16 text shows its zero bytes on one side only, and has no other control characters."""
    sample = data[: _SAMPLE & ~1]
    zeros = sample[0::2].count(0), sample[1::2].count(0)
    encoding = "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"
    text = data.decode(encoding, errors="replace")
    controls = sum(c < "\t" or "\r" < c < " " for c in text[:_SAMPLE])
    one_sided = min(zeros) <= 0.01 * max(zeros) and max(zeros) > 0.2 * len(sample) / 2
    if not one_sided or controls > _MOST_CONTROL * len(text[:_SAMPLE]):
        raise ParseError("the file is not text: it holds binary data")
    return text


def _plausibility(sample: bytes, encoding: str) -> float:
    """The share of common characters among those outside ASCII; below 0 if it cannot be."""
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(sample)
    except UnicodeDecodeError:
        return -1.0
    foreign = _NON_ASCII.findall(text)
    if not foreign:
        return 0.0
    score = (len(_COMMON.findall(text)) - 2 * len(_NEVER.findall(text))) / len(foreign)
    if encoding in _EVERYDAY:
        some = "".join(foreign[:500])
        table, first, last = _EVERYDAY[encoding]
        rows = some.encode(table, errors="ignore")[0::2]
        score += _EVERYDAY_WEIGHT * sum(first <= row <= last for row in rows) / len(some)
    return score
