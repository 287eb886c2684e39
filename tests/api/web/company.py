"""Documents and answers for the page's tests: realistic, in both languages, some of them nasty.

Every offset is computed from the text, as the product does, so a highlight that is off by one is
the page's fault. All texts are invented for these tests.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote as encoded

from fpdf import FPDF

HTML = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"


SEPARATOR = "\n\n"
Row = tuple[str, int | None, tuple[str, ...], str]
"""Kind, page, headings and text of one block."""


@dataclass(frozen=True)
class Document:
    """A document in one or more versions, each a list of blocks."""

    id: str
    title: str
    source: str
    uri: str
    versions: dict[int, list[Row]]
    media_type: str = "text/plain"
    owner: str | None = "people@example.org"

    def text(self, version: int) -> str:
        return SEPARATOR.join(text for *_, text in self.versions[version])

    def blocks(self, version: int) -> list[dict[str, Any]]:
        found, at = [], 0
        for kind, page, headings, text in self.versions[version]:
            end = at + len(text)
            block = {"kind": kind, "start": at, "end": end, "page": page}
            found.append({**block, "headings": list(headings)})
            at = end + len(SEPARATOR)
        return found

    def body(self, version: int) -> dict[str, Any]:
        return {"text": self.text(version), "version": version, "blocks": self.blocks(version)}

    def metadata(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "title": self.title,
            "source": self.source,
            "uri": self.uri,
            "owner": self.owner,
            "modified_at": "2026-03-01T08:00:00Z",
        }

    def cite(self, number: int, quote: str, version: int | None = None) -> dict[str, Any]:
        """A citation of these exact words."""
        version = version or max(self.versions)
        start = self.text(version).index(quote)
        block = next(b for b in self.blocks(version) if b["end"] > start)
        trail = " › ".join(block["headings"])
        meta = self.metadata()
        del meta["id"]
        return {
            **meta,
            "uri": encoded(self.uri),
            "number": number,
            "document_id": self.id,
            "version": version,
            "page": block["page"],
            "headings": block["headings"],
            "start": start,
            "end": start + len(quote),
            "quote": quote,
            "location": " · ".join(
                [*([f"page {block['page']}"] if block["page"] else []), trail] if trail else []
            ),
        }

    def original(self) -> bytes:
        if self.media_type != "application/pdf":
            return self.text(max(self.versions)).encode()
        pdf = FPDF()
        pdf.set_font("helvetica", size=12)
        for page in sorted({page for _, page, _, _ in self.versions[max(self.versions)] if page}):
            pdf.add_page()
            pdf.multi_cell(0, 8, f"{self.title}, page {page}")
        return bytes(pdf.output())


_LEAVE: list[Row] = [
    ("heading", 1, (), "Leave policy"),
    (
        "paragraph",
        1,
        ("Leave policy",),
        "This policy applies to everyone with an employment contract, from the first working day. "
        "It is reviewed each January by People Operations together with the works council.",
    ),
    ("heading", 2, ("Leave policy",), "Annual leave"),
    (
        "paragraph",
        2,
        ("Leave policy", "Annual leave"),
        "Employees are entitled to 25 working days of paid annual leave in each calendar year. "
        "Part-time staff receive the same entitlement in proportion to their contracted days. "
        "Public holidays are not counted against it.",
    ),
    (
        "paragraph",
        2,
        ("Leave policy", "Annual leave"),
        "Up to five unused days carry over and must be taken by 31 March of the following year. "
        "Days that have not been taken by then lapse, unless illness or parental leave made it "
        "impossible to take them.",
    ),
    ("heading", 2, ("Leave policy", "Annual leave"), "How to apply"),
    (
        "list",
        2,
        ("Leave policy", "Annual leave", "How to apply"),
        "• Enter the dates in the leave calendar at least two weeks ahead.",
    ),
    (
        "list",
        2,
        ("Leave policy", "Annual leave", "How to apply"),
        "• Your line manager answers within three working days.",
    ),
    ("heading", 3, ("Leave policy",), "Sick leave"),
    (
        "paragraph",
        3,
        ("Leave policy", "Sick leave"),
        "Tell your line manager before 10:00 on the first day. A doctor's certificate is needed "
        "from the fourth calendar day.",
    ),
]

_LEAVE_BEFORE: list[Row] = [
    ("paragraph", 1, ("Leave policy",), "Introduced in 2021; see the notes on the last page.")
    if index == 1
    else block
    for index, block in enumerate(_LEAVE)
]

_EXPENSES: list[Row] = [
    ("heading", None, (), "差旅费用报销办法"),
    (
        "paragraph",
        None,
        ("差旅费用报销办法",),
        "本办法适用于全体员工因公出差所发生的交通、住宿与餐饮费用，由财务部负责解释。",
    ),
    ("heading", None, ("差旅费用报销办法",), "报销材料"),
    (
        "paragraph",
        None,
        ("差旅费用报销办法", "报销材料"),
        "报销时须提交出差申请单、增值税发票原件以及行程单；电子发票应打印并由经办人签字。",
    ),
    (
        "paragraph",
        None,
        ("差旅费用报销办法", "报销材料"),
        "出差结束后三十日内提交，逾期须由部门负责人书面说明。住宿标准为每晚不超过六百元。",
    ),
]

_GLYPHS: list[Row] = [
    ("heading", None, (), "Names 🎉🎉 and rare characters"),
    (
        "paragraph",
        None,
        ("Names",),
        "The kitchen 👩‍🍳🍜 is on floor two. 𠮷野家 delivers at noon 🕛, and 𩸽 is served on "
        "Fridays 🐟 only. The family emoji 👨‍👩‍👧‍👦 is one sign, seven code points.",
    ),
]

_NASTY: list[Row] = [
    ("heading", None, (), f"{HTML}Release notes"),
    ("paragraph", None, (HTML,), f"Version 2 {HTML} ships on [Monday](javascript:alert(1))."),
    ("code", None, (HTML,), f"curl https://evil.example/{HTML}"),
]

_LONG: list[Row] = [
    ("paragraph", 1 + index // 40, ("Minutes",), f"Item {index}: " + "was talked over. " * 12)
    for index in range(400)
]

DOCUMENTS = {
    document.id: document
    for document in (
        Document(
            "doc_leave",
            "Leave policy",
            "handbook",
            "people/leave-policy.pdf",
            {2: _LEAVE_BEFORE, 3: _LEAVE},
            "application/pdf",
        ),
        Document(
            "doc_expenses",
            "差旅费用报销办法",
            "finance",
            "财务/差旅费用报销办法.docx",
            {1: _EXPENSES},
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "caiwu@example.org",
        ),
        Document("doc_glyphs", "Names 🎉", "handbook", "notes/names.md", {1: _GLYPHS}),
        Document("doc_nasty", f"{HTML}Notes", "engineering", f"notes/{HTML}.html", {1: _NASTY}),
        Document("doc_long", "Minutes", "engineering", "minutes.txt", {1: _LONG}),
    )
}

LEAVE, EXPENSES, GLYPHS, NASTY, LONG = DOCUMENTS.values()


def _said(text: str, citations: list[int], verdict: str = "supported") -> dict[str, Any]:
    return {"text": text, "citations": citations, "verdict": verdict}


def _leave() -> dict[str, Any]:
    return {
        "mode": "generated",
        "text": "You have **25 working days** of paid annual leave a year, in proportion if you "
        "work part-time [1]. Public holidays come on top [1].\n\nUp to five unused days carry "
        "over; take them by 31 March [2]. To apply:\n\n- enter the dates in the leave calendar at "
        "least two weeks ahead [3],\n- your line manager answers within three working days [4].",
        "statements": [
            _said("You have 25 working days of paid annual leave a year.", [1]),
            _said("Up to five unused days carry over; take them by 31 March.", [2]),
        ],
        "citations": [
            LEAVE.cite(
                1,
                "Employees are entitled to 25 working days of paid annual leave in each calendar "
                "year. Part-time staff receive the same entitlement in proportion to their "
                "contracted days. Public holidays are not counted against it.",
            ),
            LEAVE.cite(
                2,
                "Up to five unused days carry over and must be taken by 31 March of the "
                "following year.",
            ),
            LEAVE.cite(3, "Enter the dates in the leave calendar at least two weeks ahead."),
            LEAVE.cite(4, "Your line manager answers within three working days."),
        ],
        "usage": {"model": "house-model", "prompt_tokens": 900, "completion_tokens": 90},
    }


def _doubt() -> dict[str, Any]:
    return {
        "mode": "generated",
        "status": "partial",
        "text": "Sick leave is reported before 10:00 on the first day [1]. A certificate is needed "
        "from the second day [1]. The company doctor calls you back within an hour. Ask **People "
        "Operations** for the form.",
        "statements": [
            _said("Sick leave is reported before 10:00 on the first day.", [1]),
            _said("A certificate is needed from the second day.", [1], "partly"),
            _said("The company doctor calls you back within an hour.", [], "unsupported"),
            _said("Something that the text says in other words.", [], "unsupported"),
        ],
        "citations": [
            LEAVE.cite(
                1,
                "Tell your line manager before 10:00 on the first day. A doctor's certificate is "
                "needed from the fourth calendar day.",
            )
        ],
    }


def _expenses() -> dict[str, Any]:
    return {
        "mode": "extractive",
        "text": "报销时须提交出差申请单、增值税发票原件以及行程单；"
        "电子发票应打印并由经办人签字。[1]\n\n"
        "出差结束后三十日内提交，逾期须由部门负责人书面说明。[2]",
        "statements": [],
        "citations": [
            EXPENSES.cite(
                1,
                "报销时须提交出差申请单、增值税发票原件以及行程单；电子发票应打印并由经办人签字。",
            ),
            EXPENSES.cite(2, "出差结束后三十日内提交，逾期须由部门负责人书面说明。"),
        ],
        "note": "",
    }


def _glyphs() -> dict[str, Any]:
    return {
        "mode": "extractive",
        "text": "𠮷野家 delivers at noon 🕛, and 𩸽 is served on Fridays 🐟 only. [1]",
        "citations": [
            GLYPHS.cite(1, "𠮷野家 delivers at noon 🕛, and 𩸽 is served on Fridays 🐟 only.")
        ],
    }


def _nasty() -> dict[str, Any]:
    return {
        "mode": "generated",
        "text": f"It ships on [Monday](https://evil.example/) {HTML} [1].\n\n```\n{HTML}\n```\n\n"
        f"| {HTML} | b |\n|---|---|\n| <b>c</b> | `{HTML}` |",
        "statements": [_said(f"{HTML} is fine", [], "unsupported")],
        "citations": [NASTY.cite(1, f"Version 2 {HTML} ships on")],
        "note": HTML,
    }


def _verified() -> dict[str, Any]:
    return {
        "mode": "verified",
        "text": "Sick days do not count as leave: bring the certificate and the days go back to "
        "your account [1].",
        "citations": [LEAVE.cite(1, "Public holidays are not counted against it.", 2)],
    }


def _nothing() -> dict[str, Any]:
    return {
        "mode": "extractive",
        "status": "not_found",
        "text": "",
        "nearest": [
            {
                "document_id": document.id,
                "title": document.title,
                "uri": encoded(document.uri),
                "source": document.source,
            }
            for document in (LEAVE, LONG, EXPENSES)
        ],
    }


def _minutes() -> dict[str, Any]:
    quote = "Item 250: was talked over."
    return {"mode": "extractive", "text": f"{quote} [1]", "citations": [LONG.cite(1, quote)]}


ANSWERS = (
    (re.compile("annual leave|how many days", re.I), _leave),
    (re.compile("sick leave", re.I), _doubt),
    (re.compile("报销"), _expenses),
    (re.compile("glyphs", re.I), _glyphs),
    (re.compile("release", re.I), _nasty),
    (re.compile("ill on holiday", re.I), _verified),
    (re.compile("minutes", re.I), _minutes),
    (re.compile("and if i", re.I), _leave),
)


def answer_for(question: str, conversation: str, number: int) -> dict[str, Any]:
    """The whole `Answer` for a question; one that no rule knows is not found."""
    make = next((make for pattern, make in ANSWERS if pattern.search(question)), _nothing)
    follow_up = question.lower().startswith("and if i")
    return {
        "id": f"ans_{number}",
        "conversation_id": conversation,
        "question": question,
        "standalone_question": "How many days of annual leave do part-time staff have?"
        if follow_up
        else question,
        "status": "answered",
        "statements": [],
        "citations": [],
        "timings": {"retrieve_ms": 9.2, "first_token_ms": 31.4, "total_ms": 1640.0},
        "usage": {"model": "", "prompt_tokens": 0, "completion_tokens": 0, "cached": False},
        "nearest": [],
        "note": "",
        **make(),
    }


def passages_for(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """What `passages` and `/v1/search` hold: the cited passages and one that was not used."""
    cited = [
        {
            **{name: citation[name] for name in ("document_id", "title", "uri", "source")},
            **{name: citation[name] for name in ("location", "page", "headings")},
            "text": citation["quote"],
        }
        for citation in answer["citations"]
    ]
    other = LEAVE.cite(9, _LEAVE[1][3])
    cited.append({**other, "text": other["quote"], "location": "page 1 · Leave policy"})
    return [
        {
            **passage,
            "score": round(0.91 - 0.17 * rank, 2),
            "why": {
                "lexical_rank": rank + 1,
                "dense_rank": rank + 2 if rank else None,
                "words": ["annual", "leave"],
                "fields": ["title", "body"],
            },
        }
        for rank, passage in enumerate(cited)
    ]
