"""Making a follow-up question stand by itself.

Without a language model by rule: "and for Rotterdam?" gets the words of the question before. With
one, a short request; if it fails, the rules do. A question that stands by itself is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.errors import LlmError
from assistant.types import Llm, Message, Question, Turn
from ingest.text.language import language_of
from ingest.text.words import STOP_WORDS

MOST_TURNS = 3
"""How many questions back the rules look for what a follow-up is about."""
_LONGEST_REWRITE = 400
"""Characters; a longer "question" of the model is an answer."""

_SMALL_TALK = re.compile(
    # Possessive throughout: a long run of such words must not be tried in every division.
    r"(?:(?>good (?:morning|afternoon|evening)|ok(?:ay)?|great|perfect|super|cool|nice|good|got it"
    r"|thanks?(?: you)?(?: so much| a lot| very much)?|thx|cheers|hi|hello|hey|bye|goodbye|see you"
    r"|that helps|well done|many thanks|there|again|all|everyone|footnote)\b[\s,.!]*+)++"
    r"|(?:(?>谢谢|多谢|感谢|谢了|你好|您好|大家好|早上好|下午好|晚上好|太好了|好的?|再见|拜拜|明白了?"
    r"|知道了|收到|辛苦了|嗨|不错|你|您|大家|啊|啦|了|哦)[\s,，。.!！~～]*+)++",
    re.IGNORECASE,
)
_OPENS_EN = re.compile(
    r"(?:and|but|or|also|so|then|what about|how about|what if|same for|in that case|ok and)\b"
    r"(?!\s+(?:what|how|who|where|when|which|why|is|are|do|does|can)\b.{25,})",
    re.IGNORECASE,
)
_OPENS_ZH = re.compile(r"那么?(?!些|个|里|边|时)|还有|另外|以及|至于|如果(?:是|不)|换成|同样")
_ENDS_ZH = re.compile(r"呢[?？。]?$")
_POINTS_EN = re.compile(
    r"\b(?:it|its|they|them|their|theirs|he|she|him|his|those|these"
    r"|the (?:same|former|latter|above)|(?:this|that)(?=\s*(?:[?.!,]|$|(?:is|was|does|do|apply"
    r"|applies|mean|work|include|for|in|to|be|also|too|happen|take|cost)\b)))\b"
)
_EXPLETIVE_EN = re.compile(
    r"\b(?:is|was|does|would|will|can|if|makes?|take|takes|when|that|think) it (?:to|take|possible"
    r"|allowed|ok|okay|necessary|true|required|mandatory|that|mean)\b|\bit(?:'s| is) (?:possible"
    r"|allowed|necessary|true|required|ok|okay)\b",
    re.IGNORECASE,
)
_POINTS_ZH = re.compile(
    r"(?<!其)[它他她]们?|(?<![应])该(?![不当如怎]|如何)|上述|前者|后者|其(?![他它中实余次])|此(?!外|类)"
    r"|[这那](?=[是要会能可有怎算需?？])|[这那]个(?![月人公])|[这那]些(?![人公年])|[这那]种|这样|那样|这里|那里"
)
_PREPOSITION = re.compile(
    r"(?:for|in|at|from|to|with|without|during|on|under|after|before|since|per|by)\b", re.IGNORECASE
)
_WORD = re.compile(r"[^\W_]+(?:[-'’./@&+][^\W_]+)*")
_VAGUE = STOP_WORDS | frozenset(
    [
        "many", "much", "long", "often", "get", "got", "have", "need", "want", "know", "tell",
        "say", "says", "please", "there", "here", "one", "ones", "more", "else", "any", "also",
        "work", "works", "mean", "means", "apply", "applies", "happen", "happens", "same", "thing",
        "things", "take", "takes", "cost", "costs", "too", "then", "case", "give", "find", "me",
        "us", "my", "mine", "exactly", "really", "still", "all", "yes", "ok", "okay", "explain",
        "details", "detail", "example",
    ]
)  # fmt: skip
_VAGUE_ZH = re.compile(
    r"请问|请|多少|什么时候|什么|怎么样|怎么办|怎么|怎样|如何|为什么|为何|哪些|哪个|哪里|哪儿|哪|何时|多久|多长时间"
    r"|多长|几|是否|能否|可否|可不可以|有没有|是不是|能不能|需要|可以|应该|应当|一下|我们|你们|他们|它们|我|你|您|他|她"
    r"|它|有|是|的|了|吗|呢|吧|啊|呀|在|会|能|要|和|与|或|对|那么|那|这个|那个|这些|那些|这|告诉|知道|想|说|谁"
)
_HAN_RUN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]+")
_ASKS_ZH = re.compile(r"谁|什么时候|何时|多久|哪里|哪儿")
_SHORT_ZH = 12

_REWRITE = """\
You make the last question of a conversation understandable by itself: replace "it", "there", \
"and for …?" and the like by what they mean in the conversation. Keep the question's language and \
all its own words that matter. Do not answer it. If it is already understandable by itself, repeat \
it unchanged. Reply with the question only, on one line."""


def is_small_talk(text: str) -> bool:
    """Whether `text` is a greeting, thanks or the like, which nothing needs to be searched for."""
    text = text.strip().strip("🙏👍😊🙂 ")
    return bool(text) and bool(_SMALL_TALK.fullmatch(text))


def standalone(question: Question, llm: Llm | None) -> str:
    """The question so that it can be understood, and searched for, without the conversation.

    Without history, and where the question stands by itself, that is its text unchanged. With
    `llm`, it is asked once; where it fails, or replies with something that is no question, the
    rules decide. The language stays that of the question.
    """
    if not question.history or is_small_talk(question.text) or not leans_back(question.text):
        return question.text
    if llm is not None:
        rewritten = _asked(question, llm)
        if rewritten is not None:
            return rewritten
    return _completed(question)


def leans_back(text: str) -> bool:
    """Whether a question refers to something said before."""
    text = text.strip()
    return _leans_back_zh(text) if language_of(text) == "zh" else _leans_back_en(text)


def _leans_back_en(text: str) -> bool:
    topic = _topic_words(text)
    if not topic:
        return True
    words = _WORD.findall(text)
    if len(words) == 1 and text.endswith("?"):
        return True
    if _OPENS_EN.match(text):
        return len(topic) <= 4 or bool(_points_en(text))
    if len(words) <= 4 and _PREPOSITION.match(text):
        return True
    return _points_en(text)


def _points_en(text: str) -> bool:
    """Whether a pronoun of the question means something outside it.

    Words of its own before the pronoun, in a clause before, may be what it means.
    """
    for match in _POINTS_EN.finditer(_EXPLETIVE_EN.sub(" ", text)):
        before = _EXPLETIVE_EN.sub(" ", text)[: match.start()]
        clause = re.split(r"[,;.?!]|\b(?:and|if|when|because|before|after|while|but|or)\b", before)
        if len(clause) < 2 or len(_topic_words(" ".join(clause[:-1]))) < 2:
            return True
    return False


def _leans_back_zh(text: str) -> bool:
    topic = _topic_words(text)
    length = sum(map(len, topic))
    if length <= 1 or (length <= 2 and _ASKS_ZH.search(text)):
        return True
    if _OPENS_ZH.match(text) and length <= _SHORT_ZH:
        return True
    if _ENDS_ZH.search(text) and length <= 6 and "怎么" not in text and "为什么" not in text:
        return True
    match = _POINTS_ZH.search(text)
    return match is not None and sum(map(len, _topic_words(text[: match.start()]))) < 4


def _asked(question: Question, llm: Llm) -> str | None:
    """The language model's rewriting; None if it failed or wrote no question."""
    talk = "\n".join(
        f"Question: {turn.question}\nAnswer: {turn.answer[:300]}"
        for turn in question.history[-MOST_TURNS:]
    )
    request = f"Conversation:\n{talk}\n\nLast question: {question.text}"
    try:
        reply = llm.complete([Message("system", _REWRITE), Message("user", request)]).text
    except LlmError:
        return None
    rewritten = reply.strip().strip('"“”「」').strip()
    if not rewritten or "\n" in rewritten or len(rewritten) > _LONGEST_REWRITE:
        return None
    if question.language in ("en", "zh") and language_of(rewritten) != question.language:
        return None
    return rewritten


def _completed(question: Question) -> str:
    """The question with the words of the earlier ones that it is about."""
    own = {word.lower() for word in _topic_words(question.text)}
    added: list[str] = []
    for turn in _spoken_of(question.history):
        for word in _without_replaced(_topic_words(turn.question), question.text):
            if word.lower() not in own and word not in added and word not in question.text:
                added.append(word)
    return " ".join([question.text.strip(), *added])


def _spoken_of(history: Sequence[Turn]) -> list[Turn]:
    """The last questions, back to the first that stands by itself."""
    turns: list[Turn] = []
    for turn in reversed(history[-MOST_TURNS:]):
        if is_small_talk(turn.question):
            continue
        turns.append(turn)
        if not leans_back(turn.question):
            break
    return turns


def _without_replaced(words: list[str], text: str) -> list[str]:
    """Without names and years that the follow-up gives others for: "and in Rotterdam?"."""
    follows = bool(_OPENS_EN.match(text) or _PREPOSITION.match(text))
    names = follows and any(_is_name(word) for word in _topic_words(text)[:2])
    years = bool(re.search(r"(?:19|20)\d\d", text))
    return [
        word
        for at, word in enumerate(words)
        if not (names and at and _is_name(word))
        and not (years and re.match(r"(?:19|20)\d\d$", word))
    ]


def _is_name(word: str) -> bool:
    return word[:1].isupper() and not word.isupper()


def _topic_words(text: str) -> list[str]:
    """The words that say what a text is about, in order, as written."""
    found: list[tuple[int, str]] = []
    for match in _WORD.finditer(_HAN_RUN.sub(lambda run: " " * len(run[0]), text)):
        word = match[0].removesuffix("'s").removesuffix("’s")
        if (word.lower() not in _VAGUE or word == "IT") and not (len(word) == 1 and word.isalpha()):
            found.append((match.start(), word))
    for run in _HAN_RUN.finditer(text):
        at = run.start()
        for part in _VAGUE_ZH.split(run[0]):
            if part:
                found.append((text.index(part, at), part))
    return [word for _, word in sorted(found)]
