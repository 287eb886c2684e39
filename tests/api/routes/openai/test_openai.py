"""OpenAI's shape, read by OpenAI's own client and by LangChain."""

from __future__ import annotations

import json
from typing import Any

import httpx
import openai
import pytest
from openai import BaseModel
from openai.types.chat.chat_completion_message import Annotation

from assistant.errors import BadQuestion
from assistant.types import Mode, Turn
from tests.api.routes.openai.conftest import PUBLIC_URL, Site

LINK = f"[[1]]({PUBLIC_URL}/d/leave?version=3&start=10&end=36)"
ASK: Any = [{"role": "user", "content": "How much leave?"}]


def cited(content: str, annotations: list[Annotation] | None) -> list[tuple[str, str, str]]:
    """Of each annotation the stretch of text that it bounds, title and address."""
    assert annotations is not None
    found = [one.url_citation for one in annotations]
    return [(content[one.start_index : one.end_index], one.title, one.url) for one in found]


def extra(body: BaseModel, name: str) -> Any:
    """A field that OpenAI's client doesn't know."""
    return (body.model_extra or {}).get(name)


class TestCompletion:
    """A whole answer at once."""

    def test_answer_has_footnotes_as_links_and_annotations(self, site: Site) -> None:
        """The text links each mark to its passage; annotations bound exactly those links."""
        with site.client() as client:
            made = client.chat.completions.create(model="footnote", messages=ASK)
        message = made.choices[0].message
        assert message.content == f"Annual leave is 25 days. {LINK}"
        assert cited(message.content, message.annotations) == [(LINK, "Title of leave", LINK[6:-1])]
        assert made.choices[0].finish_reason == "stop"
        assert made.object == "chat.completion"

    def test_whole_answer_comes_along(self, site: Site) -> None:
        """The contract's answer, with exact quotes and verdicts, is an extra field."""
        with site.client() as client:
            made = client.chat.completions.create(model="footnote", messages=ASK)
        answer = extra(made, "footnote")
        assert answer["citations"][0]["quote"] == "Annual leave is 25 days."
        assert answer["statements"][0]["verdict"] == "supported"
        assert made.id == f"chatcmpl-{answer['id']}"

    def test_usage_is_counted(self, site: Site) -> None:
        """Tokens of the language model are given as OpenAI gives them."""
        with site.client() as client:
            usage = client.chat.completions.create(model="footnote", messages=ASK).usage
        assert usage is not None
        assert (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) == (11, 7, 18)

    def test_rights_are_those_of_the_key(self, site: Site) -> None:
        """What a key may not read is in no field of the answer."""
        with site.client("hr") as client:
            theirs = client.chat.completions.create(model="footnote", messages=ASK)
        with site.client() as client:
            ours = client.chat.completions.create(model="footnote", messages=ASK)
        assert "90000" in theirs.to_json()
        assert "90000" not in ours.to_json()
        assert "salaries" not in ours.to_json()

    def test_earlier_messages_are_the_history(self, site: Site) -> None:
        """Questions are paired with their answers, our own links become marks again."""
        messages: list[Any] = [
            {"role": "system", "content": "Ignore the documents."},
            {"role": "assistant", "content": "Welcome!"},
            {"role": "user", "content": "How much leave?"},
            {"role": "assistant", "content": f"25 days {LINK}."},
            {"role": "user", "content": "And"},
            {"role": "user", "content": "part-timers?"},
            {"role": "assistant", "content": "Less."},
            {"role": "user", "content": "How much less?"},
        ]
        with site.client() as client:
            client.chat.completions.create(model="footnote", messages=messages)
        question = site.shelf.asked[0][0]
        assert question.text == "How much less?"
        assert question.history == (
            Turn("How much leave?", "25 days [1]."),
            Turn("And\npart-timers?", "Less."),
        )
        assert question.conversation_id is None

    def test_text_parts_are_joined(self, site: Site) -> None:
        """Content as a list of text parts is understood."""
        parts: list[Any] = [{"type": "text", "text": "年假"}, {"type": "text", "text": "有几天？"}]
        with site.client() as client:
            client.chat.completions.create(
                model="footnote", messages=[{"role": "user", "content": parts}]
            )
        assert site.shelf.asked[0][0].text == "年假\n有几天？"
        assert site.shelf.asked[0][0].language == "zh"

    def test_sampling_options_and_tools_have_no_effect(self, site: Site) -> None:
        """A client that always sends its options gets its answer."""
        tool: Any = {"type": "function", "function": {"name": "f", "parameters": {}}}
        with site.client() as client:
            made = client.chat.completions.create(
                model="footnote",
                messages=ASK,
                temperature=0.7,
                max_tokens=10,
                n=1,
                tools=[tool],
                tool_choice="auto",
                response_format={"type": "text"},
                user="somebody",
                seed=1,
            )
        assert made.choices[0].message.content == f"Annual leave is 25 days. {LINK}"

    @pytest.mark.parametrize(
        ("model", "mode"), [("footnote", None), ("footnote-extractive", Mode.EXTRACTIVE)]
    )
    def test_models_are_ways_of_answering(self, site: Site, model: str, mode: Mode | None) -> None:
        """The model's name chooses the mode."""
        with site.client() as client:
            assert client.chat.completions.create(model=model, messages=ASK).model == model
        assert site.shelf.asked[0][0].mode is mode


class TestStream:
    """The same answer in pieces."""

    def test_pieces_are_the_whole_answer(self, site: Site) -> None:
        """The streamed text and annotations are those of the answer at once."""
        with site.client() as client:
            chunks = list(
                client.chat.completions.create(model="footnote", messages=ASK, stream=True)
            )
        content = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
        assert content == f"Annual leave is 25 days. {LINK}"
        assert chunks[0].choices[0].delta.role == "assistant"
        (annotations,) = filter(
            None, (extra(chunk.choices[0].delta, "annotations") for chunk in chunks)
        )
        found = [Annotation.model_validate(one) for one in annotations]
        assert cited(content, found) == [(LINK, "Title of leave", LINK[6:-1])]
        assert [chunk.choices[0].finish_reason for chunk in chunks][-1] == "stop"
        assert extra(chunks[-1], "footnote")["status"] == "answered"
        assert {chunk.object for chunk in chunks} == {"chat.completion.chunk"}
        assert len({chunk.id for chunk in chunks}) == 1

    def test_usage_comes_last_when_asked_for(self, site: Site) -> None:
        """`include_usage` adds one chunk without choices; without it no chunk has usage."""
        options: Any = {"include_usage": True}
        with site.client() as client:
            *others, last = client.chat.completions.create(
                model="footnote", messages=ASK, stream=True, stream_options=options
            )
            without = list(
                client.chat.completions.create(model="footnote", messages=ASK, stream=True)
            )
        assert last.choices == []
        assert last.usage is not None
        assert last.usage.total_tokens == 18
        assert all(chunk.usage is None for chunk in [*others, *without])

    def test_lines_are_server_sent_events(self, site: Site) -> None:
        """The bytes are what any reader of event streams expects, ended by [DONE]."""
        body = {"model": "footnote", "messages": ASK, "stream": True}
        reply = httpx.post(
            f"{site.url}/v1/chat/completions", json=body, headers={"authorization": "Bearer good"}
        )
        assert reply.headers["content-type"].startswith("text/event-stream")
        events = [one for one in reply.text.split("\n\n") if one and not one.startswith(":")]
        assert events[-1] == "data: [DONE]"
        assert all(json.loads(one.removeprefix("data: ")) for one in events[:-1])

    def test_failure_on_the_way_reaches_the_client(self, site: Site) -> None:
        """An error after the stream has begun is raised by the client, without its words."""
        site.shelf.failure = RuntimeError("Carol earns 90000.")
        with site.client() as client, pytest.raises(openai.APIError) as failed:
            list(client.chat.completions.create(model="footnote", messages=ASK, stream=True))
        assert "90000" not in str(failed.value)
        assert "log says more" in str(failed.value)


class TestErrors:
    """Errors are those of OpenAI, so that clients know them."""

    def test_unknown_key(self, site: Site) -> None:
        """A false key is an authentication error, on every route."""
        with site.client("false") as client:
            with pytest.raises(openai.AuthenticationError) as failed:
                client.chat.completions.create(model="footnote", messages=ASK)
            with pytest.raises(openai.AuthenticationError):
                client.models.list()
        assert failed.value.code == "invalid_api_key"
        assert failed.value.body is not None

    def test_unknown_model(self, site: Site) -> None:
        """A model that is not there is not found, and the message says which are."""
        with site.client() as client:
            with pytest.raises(openai.NotFoundError) as failed:
                client.chat.completions.create(model="gpt-4o", messages=ASK)
            with pytest.raises(openai.NotFoundError):
                client.models.retrieve("gpt-4o")
        assert (failed.value.code, failed.value.param) == ("model_not_found", "model")
        assert "footnote-extractive" in failed.value.message

    def test_too_many_questions(self, site: Site) -> None:
        """A limit is a rate limit, with the time to wait."""
        with site.client("busy") as client, pytest.raises(openai.RateLimitError) as failed:
            client.chat.completions.create(model="footnote", messages=ASK)
        assert failed.value.response.headers["retry-after"] == "7"
        assert failed.value.type == "rate_limit_error"

    def test_errors_of_the_application(self, site: Site) -> None:
        """The application's own errors are told in its words for OpenAI's clients."""
        with site.client("closed") as client, pytest.raises(openai.PermissionDeniedError) as failed:
            client.chat.completions.create(model="footnote", messages=ASK)
        assert failed.value.type == "permission_error"
        assert "not for you" in failed.value.message
        assert failed.value.response.headers["x-reason"] == "closed"

    @pytest.mark.parametrize(
        ("more", "param"),
        [
            ({"n": 2}, "n"),
            ({"tool_choice": "required"}, "tool_choice"),
            ({"tool_choice": {"type": "function", "function": {"name": "f"}}}, "tool_choice"),
            ({"response_format": {"type": "json_object"}}, "response_format"),
            ({"modalities": ["text", "audio"]}, "modalities"),
            ({"messages": []}, "messages"),
            ({"messages": [{"role": "system", "content": "Hi"}]}, "messages"),
            ({"messages": [{"role": "user", "content": 7}]}, "messages.0.content"),
            ({"messages": [{"role": "user", "content": "half a \ud83d"}]}, "messages.0.content"),
            ({"messages": [{"role": "user", "content": [{"type": "text"}]}]}, "messages.0.content"),
            ({"stream": "perhaps"}, "stream"),
            (
                {"messages": [{"role": "user", "content": [{"type": "image_url"}]}]},
                "messages.0.content.0",
            ),
        ],
    )
    @pytest.mark.parametrize("stream", [False, True])
    def test_what_is_not_done_is_a_bad_request(
        self, site: Site, more: dict[str, Any], param: str, stream: bool
    ) -> None:
        """A request that can't be met is refused before anything is asked, naming the field."""
        body = {"model": "footnote", "messages": ASK, "stream": stream, **more}
        reply = httpx.post(
            f"{site.url}/v1/chat/completions",
            content=json.dumps(body),
            headers={"authorization": "Bearer good", "content-type": "application/json"},
        )
        error = reply.json()["error"]
        assert reply.status_code == 400
        assert error["param"].startswith(param)
        assert error["type"] == "invalid_request_error"
        assert site.shelf.asked == []

    def test_body_that_is_not_json(self, site: Site) -> None:
        """Bytes that are no JSON are a bad request in the same shape."""
        reply = httpx.post(
            f"{site.url}/v1/chat/completions",
            content=b"{",
            headers={"authorization": "Bearer good", "content-type": "application/json"},
        )
        assert reply.status_code == 400
        assert reply.json()["error"]["type"] == "invalid_request_error"

    def test_bad_question(self, site: Site) -> None:
        """What is wrong with a question is said."""
        site.shelf.failure = BadQuestion("The question is empty.")
        with site.client() as client, pytest.raises(openai.BadRequestError, match="is empty"):
            client.chat.completions.create(model="footnote", messages=ASK)

    def test_unexpected_failure_keeps_its_words(self, site: Site) -> None:
        """An error of the server shows nothing of its text."""
        site.shelf.failure = RuntimeError("Carol earns 90000.")
        with site.client() as client, pytest.raises(openai.InternalServerError) as failed:
            client.chat.completions.create(model="footnote", messages=ASK)
        assert "90000" not in str(failed.value)


def test_models_are_listed(site: Site) -> None:
    """What can be asked is listed; without a language model nothing promises to generate."""
    with site.client() as client:
        names = [one.id for one in client.models.list()]
        assert names == ["footnote", "footnote-extractive"]
        assert client.models.retrieve("footnote").owned_by == "footnote"


def test_langchain_is_a_client(site: Site) -> None:
    """LangChain's chat model asks and streams like any other."""
    from langchain_openai import ChatOpenAI

    chat = ChatOpenAI(model="footnote", base_url=f"{site.url}/v1", api_key="good", max_retries=0)
    reply = chat.invoke("How much leave?")
    assert reply.text == f"Annual leave is 25 days. {LINK}"
    assert reply.usage_metadata is not None
    assert reply.usage_metadata["total_tokens"] == 18
    assert "".join(chunk.text for chunk in chat.stream("How much leave?")) == reply.text
