from collections.abc import Callable
from email.message import EmailMessage

import pytest

from ingest.errors import ParseError
from ingest.parsers.formats import parse
from ingest.types import BlockKind
from tests.ingest.parsers.pdf.making import column, make_pdf

Texts = Callable[..., list[str]]


def mail(
    subject: str = "Leave policy", body: str = "You have 25 days.", **more: str
) -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = subject
    message["From"] = more.get("sender", "Ann Lee <ann@example.org>")
    message["To"] = "Bob <bob@example.org>"
    message["Date"] = "Fri, 01 Mar 2024 10:00:00 +0100"
    message.set_content(body, charset=more.get("charset", "utf-8"))
    return message


def test_subject_people_and_body(texts: Texts) -> None:
    """The subject is title and heading, the head a paragraph, and dates are ISO."""
    document = parse(mail().as_bytes(), "a.eml")
    assert document.title == "Leave policy"
    assert texts(document) == [
        "Leave policy",
        "From: Ann Lee <ann@example.org>\nTo: Bob <bob@example.org>\n"
        "Date: Fri, 01 Mar 2024 10:00:00 +0100",
        "You have 25 days.",
    ]
    assert document.metadata["created"] == "2024-03-01T10:00:00+01:00"
    assert document.metadata["author"] == "Ann Lee <ann@example.org>"
    assert document.blocks[-1].headings == ("Leave policy",)


def test_quoted_reply_is_a_quotation(texts: Texts) -> None:
    """Lines that begin with ">" are what somebody else said."""
    body = "Hi,\n\nyes.\n\nOn Monday Bob wrote:\n> May I take\n>> five days\n> now?\n\nRegards\n"
    document = parse(mail(body=body).as_bytes(), "a.eml")
    assert texts(document, BlockKind.QUOTE) == ["May I take\nfive days\nnow?"]
    assert texts(document, BlockKind.PARAGRAPH)[1:] == [
        "Hi,",
        "yes.",
        "On Monday Bob wrote:",
        "Regards",
    ]


def test_older_mail_below_is_a_quotation(texts: Texts) -> None:
    """Programs that mark no lines put a separator above what they quote."""
    body = "Agreed.\n\n-----Original Message-----\nFrom: Bob\n\nShall we?\n"
    document = parse(mail(body=body).as_bytes(), "a.eml")
    assert texts(document, BlockKind.PARAGRAPH)[1:] == ["Agreed."]
    assert texts(document, BlockKind.QUOTE)[-1] == "Shall we?"


@pytest.mark.parametrize("charset", ["utf-8", "gb2312", "gb18030", "big5"])
def test_chinese_mail_is_read_in_its_encoding(texts: Texts, charset: str) -> None:
    """Encoded subjects and bodies come out, and the head is in Chinese too."""
    words = "年假制度" if charset != "big5" else "年假制度說明"
    document = parse(mail(words, words, charset=charset).as_bytes(), "a.eml")
    assert document.title == words
    assert document.language == "zh"
    assert texts(document)[1].startswith("发件人: Ann")
    assert texts(document)[-1] == words


def test_encoding_that_is_stated_wrongly_is_seen_through(texts: Texts) -> None:
    """A body that says UTF-8 and is GBK is still read."""
    data = mail(body="BODY").as_bytes().replace(b"BODY", "员工每年享有25天年假".encode("gbk"))
    assert texts(parse(data, "a.eml"))[-1] == "员工每年享有25天年假"


def test_plain_text_is_preferred_and_html_read_where_alone(texts: Texts) -> None:
    """Of two forms of a body one is taken; a web page's markup never shows."""
    both = mail(body="plain words")
    both.add_alternative("<p>web <b>words</b></p>", subtype="html")
    assert texts(parse(both.as_bytes(), "a.eml"))[-1] == "plain words"
    only = EmailMessage()
    only["Subject"] = "s"
    only.set_content("<h1>Rules</h1><p>web <b>words</b></p>", subtype="html")
    assert texts(parse(only.as_bytes(), "a.eml"))[-2:] == ["Rules", "web words"]


def test_attachments_are_parsed_under_their_names(texts: Texts) -> None:
    """A table and a PDF inside a mail can be found, with the page."""
    message = mail()
    message.add_attachment("name,days\nAnn,25\n", filename="days.csv", subtype="csv")
    pdf = make_pdf(column(["The notice period is three months."]))
    message.add_attachment(pdf, "application", "pdf", filename="说明.pdf")
    document = parse(message.as_bytes(), "a.eml")
    assert {"days.csv", "说明.pdf"} <= set(texts(document, BlockKind.HEADING))
    last = document.blocks[-1]
    assert document.text[last.start : last.end] == "The notice period is three months."
    assert (last.page, last.headings[:2]) == (1, ("Leave policy", "说明.pdf"))
    assert "attachments_not_read" not in document.metadata


def test_broken_attachment_costs_itself_only(texts: Texts) -> None:
    """Its name stays, the reason is in the metadata, and the mail is whole."""
    message = mail()
    message.add_attachment(b"PK\x03\x04 broken", "application", "x", filename="terms.docx")
    message.add_attachment(b"\xff\xd8\xff", "image", "jpeg", filename="photo.jpg")
    message.add_attachment("text", filename="fine.txt")
    document = parse(message.as_bytes(), "a.eml")
    assert texts(document)[2:] == [
        "You have 25 days.",
        "terms.docx",
        "photo.jpg",
        "fine.txt",
        "text",
    ]
    assert document.metadata["attachments_not_read"].startswith("terms.docx: ")
    assert "photo" not in document.metadata["attachments_not_read"]


def test_picture_inside_the_page_is_no_attachment(texts: Texts) -> None:
    """Logos of signatures are not named."""
    message = mail()
    message.add_attachment(b"\x89PNG", "image", "png", filename="logo.png", cid="<logo>")
    assert "logo.png" not in parse(message.as_bytes(), "a.eml").text


def test_mails_within_mails_are_opened_to_a_depth() -> None:
    """Three are read; the fourth is named and the reason noted."""
    message = mail("level 4", "deepest words")
    for level in (3, 2, 1):
        outer = mail(f"level {level}", f"words of {level}")
        outer.add_attachment(message)
        message = outer
    document = parse(message.as_bytes(), "a.eml")
    assert "words of 3" in document.text
    assert "level 4.eml" in document.text
    assert "deepest words" not in document.text


def test_headers_that_break_the_library_are_read_as_they_stand(texts: Texts) -> None:
    """Malformed addresses, dates and encoded words do not fail a mail."""
    data = (
        b"Subject: =?utf-8?B?!!!?= odd\r\nFrom: @@@ <<>\r\nDate: someday\r\n"
        b"Content-Type: text/plain; charset=no-such\r\n\r\nStill here.\r\n"
    )
    document = parse(data, "a.eml")
    assert texts(document)[-1] == "Still here."
    assert "created" not in document.metadata


@pytest.mark.parametrize("data", [b"", b"just some words", bytes(range(256)), b"\n\n\n"])
def test_what_is_no_mail_is_refused(data: bytes) -> None:
    """A mail begins with header lines."""
    with pytest.raises(ParseError, match="is no e-mail"):
        parse(data, "a.eml")
