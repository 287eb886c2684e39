"""What the bot says of its own accord, in English and in Chinese.

None of these sentences holds anything of a document, so each may be said to anybody.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Phrases:
    """The bot's own sentences in one language."""

    searching: str
    help: str
    not_found: str
    nearest: str
    partial: str
    unsupported: str
    verified: str
    extractive: str
    more: str
    up: str
    down: str
    thanks: str
    not_yours: str
    gone: str
    post: str
    posted: str
    already_posted: str
    asks: str
    unknown_person: str
    strangers: str
    not_in_channel: str
    changed: str
    busy: str
    failed: str


ENGLISH = Phrases(
    searching="Searching…",
    help="Ask me a question about the company's documents, for instance: "
    "“How many days of annual leave do I have?”",
    not_found="I found nothing in the documents that answers this.",
    nearest="These came closest:",
    partial="The documents answer only a part of this.",
    unsupported="Not borne out by the documents:",
    verified="An answer that an expert has verified",
    extractive="Quoted from the documents",
    more="{count} more footnotes",
    up="👍 Helpful",
    down="👎 Not helpful",
    thanks="Thank you, noted.",
    not_yours="Only the person who asked can rate this answer.",
    gone="That answer is no longer kept, so it can't be rated.",
    post="Post to channel",
    posted="Posted. Everyone in this channel can see it, so it rests only on documents that "
    "all of them may read; it may differ from your own answer.",
    already_posted="This was already posted here.",
    asks="{user} asks: {question}",
    unknown_person="I don't know your rights here yet: your Slack e-mail address is not among "
    "the people of Footnote. Ask your Footnote administrator to add it.",
    strangers="I can't answer in this channel: at least one member is not known to Footnote, "
    "so there is no document that surely everyone here may read. "
    "Ask me in a direct message or with `/ask`.",
    not_in_channel="I am not a member of this channel. Invite me and try again.",
    changed="Somebody joined this channel while I was searching. Please ask again.",
    busy="I am answering many questions right now. Please ask again in a minute.",
    failed="Something went wrong while I was answering. Please try again; if it stays, "
    "tell your Footnote administrator.",
)

CHINESE = Phrases(
    searching="正在查找…",
    help="请就公司文档提问，例如：“我有多少天年假？”",
    not_found="文档中没有找到能回答这个问题的内容。",
    nearest="最接近的文档：",
    partial="文档只能回答其中一部分。",
    unsupported="文档未能证实：",
    verified="经专家核实的答案",
    extractive="摘自文档原文",
    more="另有 {count} 条脚注",
    up="👍 有帮助",
    down="👎 没帮助",
    thanks="谢谢，已记录。",
    not_yours="只有提问的人可以评价这个答案。",
    gone="这个答案已不再保存，无法评价。",
    post="发到频道",
    posted="已发布。频道里的每个人都能看到，因此它只依据所有成员都有权阅读的文档，"
    "可能与您自己的答案不同。",
    already_posted="这个答案已经发布在这里了。",
    asks="{user} 提问：{question}",
    unknown_person="我还不知道您的权限：您的 Slack 邮箱不在 Footnote 的人员名单中。"
    "请让 Footnote 管理员添加。",
    strangers="我不能在这个频道回答：至少有一位成员不在 Footnote 的人员名单中，"
    "因此无法确定哪些文档是这里所有人都有权阅读的。请私信我，或使用 `/ask`。",
    not_in_channel="我不是这个频道的成员。请先邀请我，然后再试一次。",
    changed="在我查找时有人加入了频道。请再问一次。",
    busy="现在提问的人很多，请稍后再问。",
    failed="回答时出了问题。请再试一次；如果仍然失败，请告诉 Footnote 管理员。",
)


def phrases(language: str) -> Phrases:
    """The sentences for a question's language; English unless it is Chinese."""
    return CHINESE if language == "zh" else ENGLISH
