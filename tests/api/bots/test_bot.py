"""The Slack bot over HTTP: who is answered, from what, where, and how often."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest
from sqlalchemy import select

from api.bots.slack.phrases import CHINESE, ENGLISH
from assistant.errors import BadQuestion
from ingest.store.catalogue.accounts import people
from ingest.store.catalogue.database.schema import feedback
from tests.api.bots.conftest import Workspace, buttons

SALARY = "90000"
LEAVE = "25 days"


def words(message: dict[str, Any]) -> str:
    return json.dumps(message["blocks"], ensure_ascii=False)


def sent(workspace: Workspace) -> str:
    """All that the bot has said, when everything acknowledged is answered."""
    workspace.restart()
    return workspace.slack.everything_sent()


class TestDoor:
    """Only Slack gets in."""

    def test_challenge_is_answered(self, workspace: Workspace) -> None:
        """Slack's check of the address gets its challenge back."""
        body = json.dumps({"type": "url_verification", "challenge": "3eZbrw"}).encode()
        reply = workspace.post("events", body, {"content-type": "application/json"})
        assert reply.status_code == 200
        assert reply.json() == {"challenge": "3eZbrw"}

    @pytest.mark.parametrize("path", ["events", "commands", "interactions"])
    def test_unsigned_calls_are_refused(self, workspace: Workspace, path: str) -> None:
        """Without a signature, or with a false one, nothing is read."""
        assert workspace.client.post(f"/bots/slack/{path}", content=b"{").status_code == 401
        assert workspace.post(path, b"{}", secret="another").status_code == 401

    @pytest.mark.parametrize("age_s", [400, -400])
    def test_stale_calls_are_refused(self, workspace: Workspace, age_s: float) -> None:
        """A recorded call cannot be played again later."""
        assert workspace.post("events", b"{}", age_s=age_s).status_code == 401

    @pytest.mark.parametrize(
        "headers",
        [
            {"x-slack-request-timestamp": "now", "x-slack-signature": "v0=1"},
            {"x-slack-signature": "v0=\xe4"},
        ],
    )
    def test_odd_headers_are_refused(self, workspace: Workspace, headers: dict[str, str]) -> None:
        """Headers that cannot be a signature are one that is false."""
        signed = dict(workspace.post("events", b"{}").request.headers)
        raw = {name: value.encode("latin-1") for name, value in (signed | headers).items()}
        reply = workspace.client.post(
            "/bots/slack/events",
            content=b"{}",
            headers={name.encode(): value for name, value in raw.items()},
        )
        assert reply.status_code == 401

    def test_signed_nonsense_is_a_bad_request(self, workspace: Workspace) -> None:
        """What is signed but is not JSON is refused without an error of the server."""
        assert workspace.post("events", b"{not json").status_code == 400
        assert workspace.post("events", b"{\xff}").status_code == 401

    def test_huge_bodies_are_refused(self, workspace: Workspace) -> None:
        """Nobody can fill the memory before the signature is checked."""
        assert workspace.post("events", b" " * 2_000_000).status_code == 413


class TestAnswers:
    """Questions become answers, once."""

    def test_mention_is_answered_in_its_thread(self, workspace: Workspace) -> None:
        """A placeholder appears in the thread at once and becomes the answer."""
        assert workspace.mention(ts="7.000001").status_code == 200
        update = workspace.slack.wait("chat.update")[0]
        post = workspace.slack.of("chat.postMessage")[0]
        assert post["thread_ts"] == "7.000001"
        assert post["text"] == ENGLISH.searching
        assert LEAVE in words(update)
        assert "https://kb.example.com/d/leave?version=3" in words(update)
        assert workspace.shelf.asked[0][0].text == "How much leave?"

    def test_chinese_is_answered_in_chinese(self, workspace: Workspace) -> None:
        """The bot's own words follow the question's language."""
        workspace.mention("年假有几天？")
        workspace.slack.wait("chat.update")
        assert workspace.slack.of("chat.postMessage")[0]["text"] == CHINESE.searching
        assert workspace.shelf.asked[0][0].language == "zh"

    def test_acknowledged_before_it_is_answered(self, workspace: Workspace) -> None:
        """Slack's call returns while the answer is still being made."""
        workspace.shelf.gate = threading.Event()
        assert workspace.mention().status_code == 200
        assert workspace.slack.of("chat.update") == []
        workspace.shelf.gate.set()
        workspace.slack.wait("chat.update")

    def test_redelivered_event_is_answered_once(self, workspace: Workspace) -> None:
        """Slack repeats what it thinks was lost; also after a restart that is no new question."""
        event = {"type": "app_mention", "channel": "C1", "user": "U0ANN", "ts": "3.1"}
        event["text"] = "<@U0BOT> How much leave?"
        workspace.event(event, "Ev77")
        workspace.slack.wait("chat.update")
        retry = {"x-slack-retry-num": "1", "x-slack-retry-reason": "http_timeout"}
        assert workspace.event(event, "Ev77", **retry).status_code == 200
        workspace.restart()
        assert workspace.event(event, "Ev77", **retry).status_code == 200
        sent(workspace)
        assert len(workspace.slack.of("chat.postMessage")) == 1

    def test_mention_that_comes_as_two_events_is_answered_once(self, workspace: Workspace) -> None:
        """Slack sends a mention also as a message of the channel."""
        workspace.mention(ts="4.1")
        workspace.say("<@U0BOT> How much leave?", ts="4.1")
        sent(workspace)
        assert len(workspace.slack.of("chat.postMessage")) == 1

    def test_follow_up_needs_no_mention(self, workspace: Workspace) -> None:
        """In a thread of the bot people just go on, in one conversation that survives a restart."""
        workspace.mention(ts="5.1")
        workspace.slack.wait("chat.update")
        workspace.restart()
        workspace.say("And for part-timers?", ts="5.2", thread_ts="5.1")
        workspace.slack.wait("chat.update", 2)
        first, second = (question for question, _ in workspace.shelf.asked)
        assert second.text == "And for part-timers?"
        assert first.conversation_id == second.conversation_id is not None
        assert workspace.slack.of("chat.postMessage")[1]["thread_ts"] == "5.1"

    def test_threads_are_separate_conversations(self, workspace: Workspace) -> None:
        """Another thread, or the same one's number in another channel, starts anew."""
        workspace.mention(ts="5.1")
        workspace.mention(ts="6.1")
        workspace.mention(ts="5.1", channel="C2")
        workspace.slack.wait("chat.update", 3)
        assert len({question.conversation_id for question, _ in workspace.shelf.asked}) == 3

    def test_other_talk_is_left_alone(self, workspace: Workspace) -> None:
        """What people say to each other, in channels and in their own threads, is theirs."""
        workspace.say("How much leave?", ts="8.1")
        workspace.say("Is it 25?", ts="8.2", thread_ts="8.1")
        sent(workspace)
        assert workspace.slack.of("chat.postMessage") == []

    @pytest.mark.parametrize(
        "more", [{"user": "U0BOT"}, {"bot_id": "B9", "user": "U0X"}, {"subtype": "bot_message"}]
    )
    def test_bots_are_not_answered(self, workspace: Workspace, more: dict[str, Any]) -> None:
        """Neither itself nor another bot can draw it into talking without end."""
        assert workspace.mention(**more).status_code == 200
        sent(workspace)
        assert workspace.slack.of("chat.postMessage") == []

    def test_empty_mention_gets_help(self, workspace: Workspace) -> None:
        """Only calling the name brings a word on how to ask."""
        workspace.mention("")
        assert ENGLISH.help in words(workspace.slack.wait("chat.postMessage")[0])
        assert workspace.shelf.asked == []

    def test_rate_limit_is_waited_for(self, workspace: Workspace) -> None:
        """A call that Slack refuses for being too frequent is made again."""
        workspace.slack.refuse("chat.update", 429, times=2)
        workspace.mention()
        assert LEAVE in words(workspace.slack.wait("chat.update")[0])

    def test_failure_is_said_without_its_words(self, workspace: Workspace) -> None:
        """An error shows none of its text, since that may hold words of a document."""
        workspace.shelf.failure = RuntimeError("Carol earns 90000.")
        workspace.mention()
        assert ENGLISH.failed in words(workspace.slack.wait("chat.update")[0])
        assert SALARY not in workspace.slack.everything_sent()

    def test_bad_question_is_explained_only_in_private(self, workspace: Workspace) -> None:
        """What is wrong with a question is told to the asker, a channel only gets help."""
        workspace.shelf.failure = BadQuestion("The question is longer than 4000 characters.")
        workspace.mention()
        workspace.say("How much leave?", channel="D1", channel_type="im", ts="2.1")
        channel, direct = sorted(
            workspace.slack.wait("chat.update", 2), key=lambda one: str(one["channel"])
        )
        assert ENGLISH.help in words(channel)
        assert "longer than 4000" in words(direct)

    def test_too_many_questions_are_asked_to_come_back(self, workspace: Workspace) -> None:
        """The queue is bounded; a question that finds it full is told so at once."""
        workspace.restart(waiting=1)
        workspace.shelf.gate = threading.Event()
        workspace.mention(ts="1.1")
        workspace.slack.wait("chat.postMessage")
        workspace.mention(ts="1.2")
        assert workspace.slack.wait("chat.postMessage", 2)[1]["text"] == ENGLISH.busy
        workspace.shelf.gate.set()
        assert LEAVE in words(workspace.slack.wait("chat.update")[0])


class TestRights:
    """A person sees what they may read, a channel what all of its members may read."""

    def test_direct_message_is_answered_with_own_rights(self, workspace: Workspace) -> None:
        """Alone with the bot, Ann reads what hr reads and Bob does not."""
        workspace.say("Who earns what?", channel="D1", channel_type="im", ts="1.1")
        assert SALARY in words(workspace.slack.wait("chat.update")[0])
        workspace.say("Who?", channel="D2", channel_type="im", user="U0BOB", ts="1.2")
        bobs = workspace.slack.wait("chat.update", 2)[1]
        assert LEAVE in words(bobs)
        assert SALARY not in words(bobs)

    def test_rights_change_at_once(self, workspace: Workspace) -> None:
        """Who leaves a group is answered without its documents from then on."""
        workspace.say("Who?", channel="D1", channel_type="im", ts="1.1")
        workspace.slack.wait("chat.update")
        with workspace.catalogue.write() as tx:
            people.save(tx, "ann@example.com", "Ann", [], "employee")
        workspace.say("Who?", channel="D1", channel_type="im", ts="1.2")
        assert SALARY not in words(workspace.slack.wait("chat.update", 2)[1])

    def test_channel_sees_only_what_all_may_read(self, workspace: Workspace) -> None:
        """Ann asks, but Bob reads along: no word of what only Ann may read."""
        workspace.mention("Who earns what?")
        assert LEAVE in words(workspace.slack.wait("chat.update")[0])
        everything = workspace.slack.everything_sent()
        assert SALARY not in everything
        assert "salaries" not in everything

    def test_channel_of_equals_sees_what_they_share(self, workspace: Workspace) -> None:
        """A channel of hr alone reads hr's documents; the bots in it don't count."""
        workspace.slack.add_user("U0POLL", "", is_bot=True)
        workspace.slack.state.channels["C2"].append("U0POLL")
        workspace.mention(channel="C2")
        assert SALARY in words(workspace.slack.wait("chat.update")[0])

    def test_admins_open_nothing_in_a_channel(self, workspace: Workspace) -> None:
        """An admin may read everything, but the channel they are in may not."""
        with workspace.catalogue.write() as tx:
            people.save(tx, "ann@example.com", "Ann", [], "admin")
        workspace.mention(channel="C2")
        assert SALARY not in words(workspace.slack.wait("chat.update")[0])

    @pytest.mark.parametrize(
        "account",
        [
            {"email": "eve@example.com"},
            {"email": ""},
            {"email": "ann@example.com", "team_id": "T0OTHER"},
            {"email": "ann@example.com", "team_id": "T0OTHER", "is_bot": True},
            {"email": "ann@example.com", "is_stranger": True},
            {"email": "ann@example.com", "is_email_confirmed": False},
        ],
    )
    def test_one_stranger_closes_the_channel(
        self, workspace: Workspace, account: dict[str, Any]
    ) -> None:
        """With a member whom the company doesn't surely know, nothing at all is shown."""
        workspace.slack.add_user("U0EVE", **account)
        workspace.slack.state.channels["C1"].append("U0EVE")
        workspace.mention()
        assert "not known to Footnote" in words(workspace.slack.wait("chat.update")[0])
        assert workspace.shelf.asked == []

    def test_deactivated_members_read_nothing(self, workspace: Workspace) -> None:
        """An account that nobody can use any more does not close a channel."""
        workspace.slack.add_user("U0OLD", "old@example.com", deleted=True)
        workspace.slack.state.channels["C1"].append("U0OLD")
        workspace.mention()
        assert LEAVE in words(workspace.slack.wait("chat.update")[0])

    def test_unknown_person_is_told_whom_to_ask(self, workspace: Workspace) -> None:
        """A person whom the company doesn't know sees nothing, and learns what to do."""
        workspace.slack.add_user("U0EVE", "eve@example.com")
        workspace.say("Who?", channel="D3", channel_type="im", user="U0EVE", ts="1.1")
        assert "administrator" in words(workspace.slack.wait("chat.update")[0])
        assert workspace.shelf.asked == []

    def test_colleague_of_the_same_organisation_is_known(self, workspace: Workspace) -> None:
        """In an organisation of several workspaces the organisation vouches for the address."""
        enterprise = {"enterprise_user": {"enterprise_id": "E1"}}
        workspace.slack.enterprise = "E1"
        workspace.slack.add_user("U0ANN2", "ann@example.com", team_id="T0OTHER", **enterprise)
        workspace.say("Who?", channel="D3", channel_type="im", user="U0ANN2", ts="1.1")
        assert SALARY in words(workspace.slack.wait("chat.update")[0])

    def test_last_member_of_the_last_page_counts(self, workspace: Workspace) -> None:
        """Members come in pages, and each of them is a reader."""
        for n in range(6):
            workspace.slack.add_user(f"U0HR{n}", "ann@example.com")
        hr = [f"U0HR{n}" for n in range(6)]
        workspace.slack.state.channels["C3"] = [*hr, "U0ANN", "U0BOT", "U0BOB"]
        workspace.mention(channel="C3")
        assert SALARY not in words(workspace.slack.wait("chat.update")[0])
        assert len(workspace.slack.of("conversations.members")) == 5

    def test_many_members_cost_few_calls(self, workspace: Workspace) -> None:
        """A large channel is looked up by lists, and not again for the next question."""
        workspace.slack.state.page_size = 100
        for n in range(150):
            workspace.slack.add_user(f"U0HR{n}", "ann@example.com")
        workspace.slack.state.channels["C3"] = [f"U0HR{n}" for n in range(150)]
        for ts in ("1.1", "1.2"):
            workspace.mention(channel="C3", ts=ts)
        workspace.slack.wait("chat.update", 2)
        assert len(workspace.slack.of("users.list")) <= 4
        assert workspace.slack.of("users.info") == []

    def test_joining_is_noticed(self, workspace: Workspace) -> None:
        """Who is in a channel is remembered only until somebody joins."""
        workspace.mention(channel="C2", ts="1.1")
        assert SALARY in words(workspace.slack.wait("chat.update")[0])
        workspace.slack.state.channels["C2"].append("U0BOB")
        workspace.event({"type": "member_joined_channel", "user": "U0BOB", "channel": "C2"})
        workspace.restart()
        workspace.mention(channel="C2", ts="1.2")
        assert SALARY not in words(workspace.slack.wait("chat.update", 2)[1])

    def test_group_direct_messages_are_channels(self, workspace: Workspace) -> None:
        """In a direct message of several people only what all may read is shown."""
        workspace.slack.state.channels["G1"] = ["U0ANN", "U0BOB", "U0BOT"]
        workspace.mention(channel="G1", channel_type="mpim")
        assert SALARY not in words(workspace.slack.wait("chat.update")[0])


class TestCommand:
    """`/ask` answers one person, who may then show the answer to all."""

    def test_answer_is_private_and_has_own_rights(self, workspace: Workspace) -> None:
        """Only Ann sees the answer, although she asks where Bob reads along."""
        reply = workspace.command("Who earns what?")
        assert reply.json() == {"text": ENGLISH.searching, "response_type": "ephemeral"}
        answer = workspace.slack.wait("reply")[0]
        assert answer["response_type"] == "ephemeral"
        assert SALARY in words(answer)
        assert workspace.slack.of("chat.postMessage") == []

    def test_without_question_help_comes_back(self, workspace: Workspace) -> None:
        """`/ask` alone says how to ask."""
        assert workspace.command("  ").json()["text"] == ENGLISH.help

    def test_unknown_person_sees_nothing(self, workspace: Workspace) -> None:
        """Whom the company doesn't know gets a word on whom to ask."""
        workspace.slack.add_user("U0EVE", "eve@example.com")
        workspace.command("Who?", user="U0EVE")
        assert "administrator" in words(workspace.slack.wait("reply")[0])
        assert workspace.shelf.asked == []

    def test_expired_address_falls_back_to_the_channel(self, workspace: Workspace) -> None:
        """When Slack no longer takes the private reply, it is sent as an ephemeral message."""
        workspace.slack.refuse("reply", 404)
        workspace.command("Who?")
        (private,) = workspace.slack.wait("chat.postEphemeral")
        assert (private["user"], private["channel"]) == ("U0ANN", "C1")
        assert SALARY in words(private)

    def test_posting_shows_only_what_the_channel_may_see(self, workspace: Workspace) -> None:
        """The private answer is made again with the channel's rights before all can see it."""
        workspace.command("Who earns what?")
        button = buttons(workspace.slack.wait("reply")[0])["footnote_post"]
        workspace.press(button, "U0ANN")
        shown = workspace.slack.wait("chat.update")[0]
        assert "<@U0ANN> asks: Who earns what?" in words(shown)
        assert LEAVE in words(shown)
        posted = [*workspace.slack.of("chat.postMessage"), shown]
        assert SALARY not in json.dumps(posted)
        assert ENGLISH.posted in words(workspace.slack.wait("reply", 2)[1])

    def test_posted_answer_opens_a_thread(self, workspace: Workspace) -> None:
        """Under a posted answer people just go on asking."""
        workspace.command("How much leave?")
        workspace.press(buttons(workspace.slack.wait("reply")[0])["footnote_post"], "U0ANN")
        root = workspace.slack.wait("chat.update")[0]["ts"]
        workspace.say("And part-timers?", user="U0BOB", ts="9.9", thread_ts=root)
        workspace.slack.wait("chat.update", 2)
        first, second = (question for question, _ in workspace.shelf.asked[1:])
        assert first.conversation_id == second.conversation_id

    def test_answer_is_posted_once(self, workspace: Workspace) -> None:
        """Pressing twice doesn't post twice."""
        workspace.command("How much leave?")
        button = buttons(workspace.slack.wait("reply")[0])["footnote_post"]
        for count in (2, 3):
            workspace.press(button, "U0ANN")
            replies = workspace.slack.wait("reply", count)
        assert ENGLISH.already_posted in words(replies[-1])
        assert len(workspace.slack.of("chat.postMessage")) == 1

    def test_stranger_in_the_channel_forbids_posting(self, workspace: Workspace) -> None:
        """Nothing is posted where an unknown person would read it, and the asker is told."""
        workspace.command("How much leave?")
        button = buttons(workspace.slack.wait("reply")[0])["footnote_post"]
        workspace.slack.add_user("U0EVE", "eve@example.com")
        workspace.slack.state.channels["C1"].append("U0EVE")
        workspace.press(button, "U0ANN")
        assert "not known to Footnote" in words(workspace.slack.wait("reply", 2)[1])
        assert workspace.slack.of("chat.postMessage") == []

    @pytest.mark.parametrize("channel", ["C1", "C9"])
    def test_bot_that_is_not_invited_says_so(self, workspace: Workspace, channel: str) -> None:
        """Where the bot may not post it asks to be invited, and works afterwards."""
        workspace.slack.state.out_of.add(channel)
        workspace.command("How much leave?", channel=channel)
        button = buttons(workspace.slack.wait("reply")[0])["footnote_post"]
        workspace.press(button, "U0ANN", channel)
        assert ENGLISH.not_in_channel in words(workspace.slack.wait("reply", 2)[1])
        workspace.slack.state.out_of.clear()
        workspace.slack.state.channels[channel] = ["U0ANN", "U0BOT"]
        workspace.press(button, "U0ANN", channel)
        assert ENGLISH.posted in words(workspace.slack.wait("reply", 3)[2])

    def test_in_direct_messages_there_is_nothing_to_post(self, workspace: Workspace) -> None:
        """The button is offered only where there is a channel."""
        workspace.command("How much leave?", channel="D1")
        assert "footnote_post" not in buttons(workspace.slack.wait("reply")[0])

    def test_question_too_long_for_a_button_is_answered(self, workspace: Workspace) -> None:
        """A very long question is answered; only posting it is not offered."""
        workspace.command("Who " * 600)
        message = workspace.slack.wait("reply")[0]
        assert LEAVE in words(message)
        assert "footnote_post" not in buttons(message)


class TestFeedback:
    """The asker rates, nobody else."""

    def ratings(self, workspace: Workspace) -> list[tuple[str, str]]:
        with workspace.catalogue.read() as connection:
            rows = connection.execute(select(feedback.c.answer_id, feedback.c.rating))
            return [(row.answer_id, row.rating) for row in rows]

    @pytest.mark.parametrize(
        ("action", "rating"), [("footnote_up", "up"), ("footnote_down", "down")]
    )
    def test_rating_of_a_channels_answer(
        self, workspace: Workspace, action: str, rating: str
    ) -> None:
        """The buttons below an answer keep the asker's rating, with private thanks."""
        workspace.mention()
        workspace.press(buttons(workspace.slack.wait("chat.update")[0])[action], "U0ANN")
        thanks = workspace.slack.wait("reply")[0]
        assert ENGLISH.thanks in words(thanks)
        assert thanks["response_type"] == "ephemeral"
        assert thanks["replace_original"] is False
        assert self.ratings(workspace) == [("ans_1", rating)]

    def test_rating_of_a_private_answer(self, workspace: Workspace) -> None:
        """An answer to `/ask` is rated by its asker alike; a second rating replaces the first."""
        workspace.command("How much leave?")
        pressed = buttons(workspace.slack.wait("reply")[0])
        workspace.press(pressed["footnote_up"], "U0ANN")
        workspace.slack.wait("reply", 2)
        workspace.press(pressed["footnote_down"], "U0ANN")
        workspace.slack.wait("reply", 3)
        assert self.ratings(workspace) == [("ans_1", "down")]

    def test_others_cannot_rate(self, workspace: Workspace) -> None:
        """Bob sees Ann's answer in the channel, but rating it is hers."""
        workspace.mention()
        workspace.press(buttons(workspace.slack.wait("chat.update")[0])["footnote_up"], "U0BOB")
        assert ENGLISH.not_yours in words(workspace.slack.wait("reply")[0])
        assert self.ratings(workspace) == []

    def test_rating_of_another_persons_private_answer_is_refused(
        self, workspace: Workspace
    ) -> None:
        """An answer's id is not enough to rate it."""
        workspace.command("How much leave?")
        workspace.slack.wait("reply")
        value = json.dumps(["ans_1", "U0BOB", "en"])
        workspace.press({"action_id": "footnote_up", "value": value}, "U0BOB")
        assert ENGLISH.gone in words(workspace.slack.wait("reply", 2)[1])
        assert self.ratings(workspace) == []
