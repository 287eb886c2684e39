"""`parse` never raises anything but `ParseError`, whatever the bytes and whatever the name says."""

import io
import json
from collections.abc import Callable
from contextlib import suppress
from email.message import EmailMessage
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.errors import ParseError, UnsupportedFormat
from ingest.parsers.formats import SUFFIXES, parse
from ingest.types import ParsedDocument
from tests.ingest.parsers.pdf.making import IMAGE, column, make_pdf

IsSound = Callable[[ParsedDocument], bool]

NAMES = st.sampled_from(sorted(SUFFIXES)).map("file".__add__)
STARTS = st.sampled_from(
    [
        b"",
        b"%PDF-1.7\n",
        b"PK\x03\x04",
        b"\xff\xfe",
        b"<html>",
        b"From: a\n\n",
        b"{",
        b"---\n",
        b"\xef\xbb\xbf",
    ]
)


@cache
def whole(suffix: str) -> bytes:
    """A small sound file of a format."""
    words = "Annual leave is 25 days.\n\n年假 25 天。\n"
    if suffix == ".pdf":
        return make_pdf(column([words.splitlines()[0]] * 3), [IMAGE], outline=[("Leave", 1)])
    if suffix in {".docx", ".pptx", ".xlsx", ".xlsm"}:
        return _office(suffix, words)
    if suffix == ".eml":
        mail = EmailMessage()
        mail["Subject"], mail["From"] = "年假 leave", "a@example.org"
        mail.set_content(words)
        mail.add_attachment("a,b\n1,2\n", filename="a.csv", subtype="csv")
        return mail.as_bytes()
    if suffix in {".json", ".jsonl", ".ndjson"}:
        return (json.dumps({"title": "Leave", "text": words}) + "\n").encode()
    if suffix in {".html", ".htm", ".xhtml"}:
        return f"<html><body><h1>Leave</h1><p>{words}<table><tr><td>1</td></tr></table>".encode()
    return f"# Leave\n\n{words}\n- item\n\n| a | b |\n|---|---|\n| 1 | 2 |\n".encode()


def _office(suffix: str, words: str) -> bytes:
    out = io.BytesIO()
    if suffix == ".docx":
        from docx import Document

        document = Document()
        document.add_heading("Leave", 1)
        document.add_paragraph(words)
        document.add_table(2, 2).cell(0, 0).text = "x"
        document.save(out)
    elif suffix == ".pptx":
        from pptx import Presentation

        slides = Presentation()
        slide = slides.slides.add_slide(slides.slide_layouts[1])
        slide.shapes.title.text = words
        slides.save(out)
    else:
        from openpyxl import Workbook

        book = Workbook()
        book.active.append(["Leave", words])
        book.active.append([25, 0.5])
        book.save(out)
    return out.getvalue()


def parsed_or_refused(data: bytes, name: str, is_sound: IsSound) -> None:
    with suppress(ParseError):
        assert is_sound(parse(data, name))


@given(NAMES, STARTS, st.binary(max_size=400))
@settings(max_examples=300, deadline=None)
def test_random_bytes_give_a_document_or_a_reason(
    is_sound: IsSound, name: str, start: bytes, rest: bytes
) -> None:
    """Noise, also behind the right first bytes, never brings out another exception."""
    parsed_or_refused(start + rest, name, is_sound)


@given(NAMES, st.text(max_size=300))
@settings(max_examples=200, deadline=None)
def test_random_text_gives_a_document_or_a_reason(is_sound: IsSound, name: str, text: str) -> None:
    """Characters of every script, under every name."""
    parsed_or_refused(text.encode("utf-8", "surrogatepass"), name, is_sound)


@pytest.mark.parametrize("suffix", sorted(SUFFIXES))
def test_sound_file_of_each_format_is_read(suffix: str, is_sound: IsSound) -> None:
    """The files that the next tests damage are whole to begin with."""
    document = parse(whole(suffix), f"leave{suffix}")
    assert is_sound(document)
    assert "leave" in document.text.lower()


@pytest.mark.parametrize("suffix", sorted(SUFFIXES))
@given(st.data())
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_damaged_files_give_a_document_or_a_reason(
    suffix: str, is_sound: IsSound, data: st.DataObject
) -> None:
    """Bytes overwritten, a piece cut out or doubled, the end missing: never another exception."""
    damaged = bytearray(whole(suffix))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, max(0, len(damaged) - 1)))
        end = at + data.draw(st.integers(0, 40))
        what = data.draw(st.sampled_from(["overwrite", "cut", "double", "truncate"]))
        if what == "overwrite":
            noise = data.draw(st.binary(min_size=1, max_size=8))
            damaged[at : at + len(noise)] = noise
        elif what == "cut":
            del damaged[at:end]
        elif what == "double":
            damaged[at:at] = damaged[at:end]
        else:
            del damaged[at:]
    parsed_or_refused(bytes(damaged), f"file{suffix}", is_sound)


@pytest.mark.parametrize("name", ["photo.jpeg", "README", "archive.tar.gz", ".pdf", "a.PDF2", ""])
def test_unknown_endings_are_unsupported(name: str) -> None:
    """The name decides, before any byte is looked at."""
    with pytest.raises(UnsupportedFormat):
        parse(b"%PDF-1.7", name)


def test_endings_are_known_in_capitals_too() -> None:
    """REPORT.TXT is a text file."""
    assert parse(b"Some words.", "REPORT.TXT").text == "Some words."
