"""What the product itself says in an answer, in the language of the question."""

from __future__ import annotations

from ingest.store.catalogue.jobs.first_reading import FirstReading

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
    "reading": {
        "en": "No answer yet: the documents are being read for the first time{progress}. "
        "Ask again in a while.",
        "zh": "暂时没有答案：文档正在首次读取{progress}。请稍后再问。",
    },
    "may_be_more": {
        "en": "The documents are still being read for the first time{progress}; there may be "
        "more to say.",
        "zh": "文档仍在首次读取{progress}，答案可能还不完整。",
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


def reading_phrase(name: str, reading: FirstReading, language: str) -> str:
    """A phrase that says how far the first reading of the documents is, in numbers at most."""
    return phrase(name, language).format(progress=_progress(reading, language))


def _progress(reading: FirstReading, language: str) -> str:
    done, total, chinese = reading.done, reading.total, language == "zh"
    if not total:
        return "，正在统计文件数" if chinese else ", and their number is not known yet"
    if not reading.counted:  # a share in tens tells nobody how many files others have
        share = 10 * (10 * done // total)
        return f"，已读约 {share}%" if chinese else f", some {share}% of them read so far"
    if chinese:
        return f"，共 {total} 个文件，已读 {done} 个"
    return f", {done} of {total} {'file' if total == 1 else 'files'} read so far"
