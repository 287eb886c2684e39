"""Questions from English titles and headings, as a person would ask them."""

from __future__ import annotations

import re

_QUESTION = re.compile(
    r"(?:who|what|when|where|which|why|how|can|could|do|does|did|is|are|may|must|should|will)\b"
    r"[^?.!:]*\?",
    re.IGNORECASE,
)
_NUMBERING = re.compile(
    r"^(?:(?:section|chapter|part|step|article|question|q)\s*\d[\d.]*\s*[:.)–-]?|q\s*[:.]"
    r"|\d+(?:\.\d+)*[.):]?|\(?[a-z]\)|[ivx]+[.)])\s+",
    re.IGNORECASE,
)
_PLAIN = re.compile(r"[\w&’'/,()-]+(?: [\w&’'/,()-]+)*")
# What leans on what was said before, or turns to the reader, is nobody's first question.
_LEANS = re.compile(
    r"\b(?:it|its|this|these|those|they|them|that|one|another|other|others|here|there’s|above"
    r"|below|following|now|also|you|your)\b",
    re.IGNORECASE,
)
_VERBS = {
    "applying": "apply",
    "asking": "ask",
    "booking": "book",
    "borrowing": "borrow",
    "buying": "buy",
    "cancelling": "cancel",
    "canceling": "cancel",
    "changing": "change",
    "claiming": "claim",
    "connecting": "connect",
    "creating": "create",
    "getting": "get",
    "installing": "install",
    "joining": "join",
    "ordering": "order",
    "registering": "register",
    "renewing": "renew",
    "replacing": "replace",
    "reporting": "report",
    "requesting": "request",
    "resetting": "reset",
    "returning": "return",
    "sending": "send",
    "setting": "set",
    "sharing": "share",
    "signing": "sign",
    "submitting": "submit",
    "updating": "update",
    "using": "use",
}
# "Booking a room" is something to do, "booking rules" are not.
_GOES_ON = re.compile(
    r"(?:a|an|the|your|my|our|for|with|from|up|in|out|access to|approval|help)\b", re.IGNORECASE
)
_HAPPENS = re.compile(r"(?:if|when) (?:there|somebody|someone|something|a|an|the)\b", re.I)
_CLAUSE = re.compile(r"(?:who|what|when|where|which|why|how)\b", re.IGNORECASE)
_NO_TOPIC = re.compile(
    r"(?:a|an|to|our|in|on|at|not|about|getting started)\b|\w+ly$", re.IGNORECASE
)
_GENERIC = re.compile(
    r"(?:about|actions|agenda|appendix|attendees|background|changelog|conclusion|contact|contents"
    r"|decisions|definitions|details|examples|faq|further|general|goals|history|information"
    r"|introduction|length|links|misc|name|next|notes|numbers|ok|other|overview|process|proposal"
    r"|purpose|questions|references|resources|rules|scope|sections|setup|stages|steps|summary"
    r"|themes|tips|topics|version|short|the|and|of)",
    re.IGNORECASE,
)
_MOST_WORDS = 12
_MOST_WORDS_OF_NAME = 7


def heading_question(title: str, heading: str, text: str) -> tuple[int, str] | None:
    """A question that the part below a heading answers, and how natural it is (0: most).

    `text` is the document's, which tells names from other words. None for a heading that tells
    nothing by itself.
    """
    said = plain(heading)
    if asked := _asked(said, text):
        return asked
    about, named = topic(said, text), plain(title)
    if about is None or not _is_name(named) or about.casefold() == named.casefold():
        return None
    return 2, f"What does “{named}” say about {about}?"


def title_question(title: str, text: str) -> tuple[int, str] | None:
    """The same for a document as a whole."""
    said = plain(title)
    if asked := _asked(said, text):
        return asked
    about = topic(said, text)
    if about is None or not _is_name(said) or len(said.split()) < 2 or re.search(r"\d", said):
        return None
    return 3, f"What should I know about {about}?"


def plain(text: str) -> str:
    """A title or heading on one line, without its number."""
    return _NUMBERING.sub("", " ".join(text.split())).rstrip(" :")


def topic(said: str, text: str) -> str | None:
    """A heading as it stands inside a sentence; None if it names no topic.

    Its words lose their capitals where the text writes them all without, so names keep theirs.
    """
    words = said.split()
    if not 1 <= len(words) <= _MOST_WORDS or len(said) < 4 or _NO_TOPIC.match(said):
        return None
    generic = all(_GENERIC.fullmatch(word.strip("&,()")) for word in words)
    if generic or _PLAIN.fullmatch(said) is None or not any(map(str.isalpha, said)):
        return None
    if _LEANS.search(said):
        return None
    capital = [word for word in words if word[:1].isupper() and word[1:].islower()]
    if _CLAUSE.match(said):
        capital = words[:1]
    elif not all(_is_written(word.lower(), text) for word in capital):
        return said
    return " ".join(word.lower() if word in capital else word for word in words)


def _asked(said: str, text: str) -> tuple[int, str] | None:
    """A heading that is a question, or something to do, or something that happens."""
    words = said.split()
    if len(words) > _MOST_WORDS or _LEANS.search(said.replace("your", "my")):
        return None
    if _QUESTION.fullmatch(said):
        return (0, said[0].upper() + said[1:]) if len(words) >= 4 else None
    if _PLAIN.fullmatch(said) is None:
        return None
    if _HAPPENS.match(said) and len(words) >= 4:
        return 1, f"What do I do {said[0].lower()}{said[1:]}?"
    rest = _to_do(said)
    done = None if rest is None else topic(rest.replace("your", "my"), text)
    return None if done is None else (1, f"How do I {done}?")


def _to_do(said: str) -> str | None:
    """ "book a room" from "Booking a room" and from "How to book a room"."""
    how_to = re.fullmatch(r"how to (\w+ \w.*)", said, re.IGNORECASE)
    if how_to is not None:
        return how_to[1]
    first, _, after = said.partition(" ")
    word = first.lower()
    verb = _VERBS.get(word) or (word if word in _VERBS.values() else None)
    return None if verb is None or _GOES_ON.match(after) is None else f"{verb} {after}"


def _is_name(title: str) -> bool:
    """Whether people would call a document by this title."""
    return len(title.split()) <= _MOST_WORDS_OF_NAME and _PLAIN.fullmatch(title) is not None


def _is_written(word: str, text: str) -> bool:
    """Whether the text has the word, or one that begins alike, in small letters."""
    return re.search(rf"\b{re.escape(word[: max(4, len(word) - 3)])}", text) is not None
