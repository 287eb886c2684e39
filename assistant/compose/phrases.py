"""What the product itself says in an answer, in the language of the question."""

from __future__ import annotations

_PHRASES = {
    "not_found": {
        "en": "The documents that you may read do not hold an answer to this question.",
        "zh": "在您有权阅读的文档中没有找到这个问题的答案。",
    },
    "nothing_indexed": {
        "en": "There is no document that you may read yet. Ask an admin to add a source or access.",
        "zh": "目前还没有您有权阅读的文档。请联系管理员添加文档来源或开通权限。",
    },
    "small_talk": {
        "en": "You're welcome. Ask me anything that your company's documents may answer.",
        "zh": "不客气。您可以随时就公司文档中的内容向我提问。",
    },
    "llm_down": {
        "en": "The language model could not be reached, so these are the documents' own words.",
        "zh": "暂时无法连接语言模型，以下为文档原文。",
    },
}


def phrase(name: str, language: str) -> str:
    """The phrase in Chinese for a Chinese question, else in English."""
    known = _PHRASES[name]
    return known["zh" if language == "zh" else "en"]
