import io
import tracemalloc
import zipfile

import pytest

from ingest.errors import ParseError, ParseLimit
from ingest.parsers.formats import parse
from ingest.parsers.office import packages
from ingest.parsers.office.packages import open_office, open_zip, reading

OLE = bytes.fromhex("d0cf11e0a1b11ae1")


def zipped(entries: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in entries.items():
            made.writestr(name, data)
    return out.getvalue()


def bomb(megabytes: int) -> bytes:
    out = io.BytesIO()
    with (
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made,
        made.open("word/document.xml", "w") as entry,
    ):
        for _ in range(megabytes):
            entry.write(bytes(2**20))
    return out.getvalue()


@pytest.mark.parametrize("megabytes", [60, 320])
def test_zip_bomb_is_refused_without_unpacking_it(megabytes: int) -> None:
    """A bomb is known by what it declares; refusing it takes next to no memory."""
    data = bomb(megabytes)
    tracemalloc.start()
    try:
        with pytest.raises(ParseLimit, match="unpacks to"):
            open_zip(data, "report.docx")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2**20


def test_archive_with_too_many_files_is_refused() -> None:
    """The number of files is bounded, however small they are."""
    names = {f"word/{number}": b"" for number in range(packages.MAX_ENTRIES + 1)}
    with pytest.raises(ParseLimit, match="split it"):
        open_zip(zipped(names), "a.docx")


@pytest.mark.parametrize("name", ["../evil.xml", "/etc/passwd", "word/../../x", "..\\x", "C:/x"])
def test_archive_naming_a_path_outside_itself_is_refused(name: str) -> None:
    """Nothing good names paths outside the archive."""
    with pytest.raises(ParseError, match="outside itself"):
        open_zip(zipped({name: b"x"}), "a.docx")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (OLE + bytes(600), "1997 to 2003"),
        (OLE + bytes(600) + "EncryptedPackage".encode("utf-16-le"), "password"),
        (b"%PDF-1.7 ...", "is a PDF.*rename it to end in .pdf"),
        (b"{\\rtf1 hello}", "RTF"),
        (b"<!doctype html><p>hello", "web page"),
        (b"just text", "damaged or incomplete"),
        (zipped({"word/document.xml": b"<a/>"})[:-30], "damaged or incomplete"),
        (zipped({"photo.jpg": b"x"}), "no Office document"),
        (zipped({"xl/workbook.xml": b"<a/>"}), r"a \.xlsx document under a wrong name"),
        (
            zipped({"word/document.xml": b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}),
            "declares XML entities",
        ),
        (
            zipped({"word/document.xml": '<!DOCTYPE a [<!ENTITY b "c">]><a/>'.encode("utf-16")}),
            "declares XML entities",
        ),
    ],
)
def test_what_is_no_office_document_says_why(data: bytes, reason: str) -> None:
    """Each way of not being a Word document has its own reason."""
    with pytest.raises(ParseError, match=reason):
        open_office(data, "policy.docx", "word/")


@pytest.mark.parametrize("suffix", [".docx", ".pptx", ".xlsx"])
def test_no_parser_lets_another_error_out(suffix: str) -> None:
    """A package with the right folders and nonsense in them is a ParseError."""
    folder = {".docx": "word/document", ".pptx": "ppt/presentation", ".xlsx": "xl/workbook"}[suffix]
    data = zipped({f"{folder}.xml": b"<nonsense/>", "[Content_Types].xml": b"<broken"})
    if suffix == ".docx":
        assert parse(data, "a.docx").text == ""
    else:
        with pytest.raises(ParseError, match="damaged"):
            parse(data, f"a{suffix}")


def test_protected_entries_are_named_as_such() -> None:
    """An archive with encrypted entries asks for a copy without a password."""
    data = bytearray(zipped({"word/document.xml": b"secret"}))
    directory = data.rindex(b"PK\x01\x02")
    data[directory + 8] |= 1
    with pytest.raises(ParseError, match="password"):
        open_zip(bytes(data), "a.docx")


def test_recursion_of_a_library_is_a_limit() -> None:
    """Nesting that exhausts the stack is reported as such."""
    with pytest.raises(ParseLimit, match="nested too deeply"), reading("file"):
        raise RecursionError
