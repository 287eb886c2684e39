"""Follow-up questions made to stand by themselves."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.conversation.rewrite import is_small_talk, leans_back, standalone
from assistant.llm.chat import ChatLlm
from assistant.types import Question, Turn
from tests.assistant.llm_server import LlmServer, Reply
from tests.assistant.passages import make_question

EN = (Turn("How many days of annual leave do people in Amsterdam get?", "25 days [1]."),)
ZH = (Turn("上海办公室的年假有多少天？", "二十五天[1]。"),)


@pytest.fixture
def llm(llm_server: LlmServer) -> Iterator[ChatLlm]:
    """The real client of the scripted endpoint."""
    client = ChatLlm(llm_server.base_url, "scripted", sleep=lambda _: None)
    yield client
    client.close()


@given(st.text())
def test_question_without_history_is_unchanged(text: str) -> None:
    """There is nothing that it could lean on."""
    assert standalone(Question(text, "en"), None) == text


@given(st.text(max_size=60))
def test_rules_only_ever_add_words_behind_the_question(text: str) -> None:
    """Whatever is asked, its own words stay, and come first."""
    rewritten = standalone(Question(text, "en", history=EN), None)
    assert rewritten.strip().startswith(text.strip())


@pytest.mark.parametrize(
    "text",
    [
        "And for contractors?", "What about part-timers?", "How do I apply for it?", "Why?",
        "Does it carry over?", "in 2025?", "who approves that?", "Tell me more", "Contractors?",
        "And if they are sick?", "How much is it?",
    ],
)  # fmt: skip
def test_english_follow_up_gets_the_words_it_leaves_out(text: str) -> None:
    """The topic of the last question, behind the follow-up's own words."""
    rewritten = standalone(make_question(text, history=EN), None)
    assert rewritten.startswith(text)
    assert rewritten.endswith("days annual leave people Amsterdam")


@pytest.mark.parametrize(
    "text",
    [
        "它可以结转吗？",
        "为什么？",
        "那病假呢？",
        "多久？",
        "该制度什么时候生效？",
        "试用期员工呢？",
        "需要谁批准？",
    ],
)
def test_chinese_follow_up_gets_the_words_it_leaves_out(text: str) -> None:
    """As in English, without the words that only ask."""
    assert standalone(make_question(text, history=ZH), None) == f"{text} 上海办公室 年假 天"


@pytest.mark.parametrize(
    "text",
    [
        "What is the travel policy?",
        "Is it possible to get a second monitor?",
        "How long does it take to get a new laptop?",
        "Who approves travel to Japan and how is it booked?",
        "What does the IT policy say about passwords?",
        "Parental leave",
        "What about the IT security policy for personal laptops and phones?",
        "报销流程是什么？",
        "这个月的报销截止日期是哪天？",
        "应该怎么申请出差？",
        "其他国家的节假日怎么安排？",
        "年假",
    ],
)
def test_question_that_stands_alone_is_left_alone(text: str) -> None:
    """Words of another topic would only mislead the search."""
    assert not leans_back(text)
    assert standalone(make_question(text, history=(*EN, *ZH)), None) == text


def test_name_that_is_replaced_is_not_added() -> None:
    """ "And for Rotterdam?" no longer asks about Amsterdam."""
    rewritten = standalone(make_question("And for Rotterdam?", history=EN), None)
    assert rewritten == "And for Rotterdam? days annual leave people"


def test_year_that_is_replaced_is_not_added() -> None:
    """ "And in 2025?" no longer asks about 2026."""
    history = (Turn("What was the travel budget in 2026?", "1,000 euros."),)
    rewritten = standalone(make_question("And in 2025?", history=history), None)
    assert rewritten == "And in 2025? travel budget"


def test_chain_of_follow_ups_leads_back_to_its_topic() -> None:
    """The question before may itself have leant on the one before it."""
    history = (*EN, Turn("Why?", "It is so."), Turn("thanks", "You are welcome."))
    assert "annual leave" in standalone(
        make_question("How do I apply for it?", history=history), None
    )


@pytest.mark.parametrize(
    "text",
    [
        "thanks",
        "Thank you very much!",
        "ok, great",
        "Hello",
        "hi there!",
        "谢谢",
        "好的，谢谢！",
        "你好",
        "明白了",
        "thanks 🙏",
    ],
)
def test_small_talk_is_recognised_and_never_completed(text: str) -> None:
    """Nothing needs to be searched for."""
    assert is_small_talk(text)
    assert standalone(make_question(text, history=EN), None) == text


@pytest.mark.parametrize(
    "text",
    [
        "thanks, but how many days?",
        "Hello policy",
        "好的标准是什么",
        "",
        "  ",
        "ok what about leave",
        "谢谢，那病假呢？",
    ],
)
def test_questions_are_no_small_talk(text: str) -> None:
    """Politeness around a question does not hide it."""
    assert not is_small_talk(text)


def test_long_runs_of_small_talk_are_decided_at_once() -> None:
    """No text makes the pattern try every division of it."""
    assert not is_small_talk("你好" * 2000 + "x")
    assert not is_small_talk("hi " * 2000 + "policy")


def test_language_model_rewrites_a_follow_up(llm: ChatLlm, llm_server: LlmServer) -> None:
    """It sees the conversation, and its reply is the question from then on."""
    llm_server.reply('"How many days of annual leave do people in Rotterdam get?"')
    rewritten = standalone(make_question("And for Rotterdam?", history=EN), llm)
    assert rewritten == "How many days of annual leave do people in Rotterdam get?"
    assert "people in Amsterdam" in llm_server.prompt()


def test_language_model_is_not_asked_where_nothing_is_to_be_done(
    llm: ChatLlm, llm_server: LlmServer
) -> None:
    """A question without history, one that stands alone, and thanks cost nothing."""
    for text, history in (("And why?", ()), ("What is the travel policy?", EN), ("thanks", EN)):
        assert standalone(make_question(text, history=history), llm) == text
    assert llm_server.requests == []


@pytest.mark.parametrize(
    "reply",
    [
        Reply(status=500),
        Reply(status=401),
        Reply(""),
        Reply("Sure!\nHere it is: what?"),
        Reply("word " * 200),
        Reply("年假有多少天？"),
    ],
    ids=["down", "refused", "empty", "chatty", "endless", "other language"],
)
def test_rules_decide_where_the_language_model_fails(
    llm: ChatLlm, llm_server: LlmServer, reply: Reply
) -> None:
    """A follow-up is never lost to a bad endpoint."""
    llm_server.default = reply
    rewritten = standalone(make_question("And for Rotterdam?", history=EN), llm)
    assert rewritten == "And for Rotterdam? days annual leave people"
