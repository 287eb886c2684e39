"""Opening ZIP files from strangers: Office documents are ZIP files, and some are traps."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath

from ingest.errors import ParseError, ParseLimit

MAX_UNPACKED = 300 * 2**20
"""Bytes that all entries together may unpack to."""

MAX_RATIO = 200
"""How many times larger an archive may become, once it unpacks to more than `RATIO_FROM`."""

RATIO_FROM = 20 * 2**20
"""Bytes below which the ratio does not matter: small and repetitive files pack very well."""

MAX_ENTRIES = 10_000
"""Files that an archive may hold."""

_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_XML_SUFFIXES = (".xml", ".rels", ".vml")
_XML_HEAD = 65_536
_KINDS = {"word/": ".docx", "ppt/": ".pptx", "xl/": ".xlsx"}
_SIGNATURES = (
    (b"%PDF-", "a PDF", ".pdf"),
    (b"{\\rtf", "an RTF document", ".rtf"),
    (b"<!DOCTYPE html", "a web page", ".html"),
    (b"<html", "a web page", ".html"),
)


def open_zip(data: bytes, name: str) -> zipfile.ZipFile:
    """The archive in `data`, checked against what it declares before anything is unpacked.

    An entry never unpacks to more than it declares: `zipfile` stops there.

    Raises:
        ParseLimit: it unpacks to too much, or holds too many files.
        ParseError: it is no ZIP file, is encrypted or damaged, or names paths outside itself.
    """
    suffix = PurePosixPath(name).suffix.lower()
    if not data:
        raise ParseError("the file is empty (0 bytes): upload it again")
    if data.startswith(_OLE):
        raise ParseError(_why_ole(data, suffix))
    for signature, what, right in _SIGNATURES:
        if data[:64].lstrip().lower().startswith(signature.lower()):
            raise ParseError(
                f"the file is {what}, not a {suffix} file: rename it to end in {right}"
            )
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as exc:
        raise ParseError(
            f"the file is damaged or incomplete, or no {suffix or 'ZIP'} file at all ({exc}): "
            "open it in its program, save it again and replace it"
        ) from exc
    _check_entries(archive, packed=len(data))
    return archive


def open_office(data: bytes, name: str, folder: str) -> zipfile.ZipFile:
    """The package of an Office document whose parts lie in `folder` ("word/", "ppt/", "xl/").

    Raises:
        ParseLimit, ParseError: as `open_zip`; also another kind of document under a wrong name,
            and XML that declares entities, which no Office program writes.
    """
    archive = open_zip(data, name)
    names = archive.namelist()
    if not any(entry.startswith(folder) for entry in names):
        for other, suffix in _KINDS.items():
            if any(entry.startswith(other) for entry in names):
                raise ParseError(f"the file is a {suffix} document under a wrong name: rename it")
        raise ParseError("the file is a ZIP archive, but holds no Office document: unpack it first")
    with reading("Office document"):
        for info in archive.infolist():
            if info.filename.lower().endswith(_XML_SUFFIXES):
                with archive.open(info) as part:
                    _check_xml(part.read(_XML_HEAD), info.filename)
    return archive


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Turns whatever a library raises over damaged bytes into a `ParseError` about `what`.

    This is the border to libraries that promise no exceptions of their own.
    """
    try:
        yield
    except (ParseError, MemoryError):
        raise
    except RecursionError as exc:
        raise ParseLimit(f"the {what} is nested too deeply to be read: simplify it") from exc
    except Exception as exc:
        detail = f"{type(exc).__name__}: {exc}"[:200]
        raise ParseError(
            f"the {what} is damaged and cannot be read ({detail}): "
            "open it in its program, save it again and replace it"
        ) from exc


def _why_ole(data: bytes, suffix: str) -> str:
    if _ENCRYPTED in data:
        return "the file is protected by a password: save a copy without one and replace it"
    return (
        f"the file is in the Office format of 1997 to 2003, not {suffix or 'a ZIP file'}: "
        "open it in Office and save it in the present format"
    )


def _check_entries(archive: zipfile.ZipFile, packed: int) -> None:
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        raise ParseLimit(
            f"the archive holds {len(entries):,} files, more than {MAX_ENTRIES:,}: split it"
        )
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > MAX_UNPACKED:
        raise ParseLimit(
            f"the archive unpacks to {unpacked / 2**20:,.0f} MB, more than "
            f"{MAX_UNPACKED / 2**20:,.0f} MB: split the document or remove large pictures"
        )
    if unpacked > RATIO_FROM and unpacked > MAX_RATIO * packed:
        raise ParseLimit(
            f"the archive unpacks to {unpacked / packed:,.0f} times its size, as a ZIP bomb does: "
            "if it is genuine, save it again from its program"
        )
    for entry in entries:
        if entry.flag_bits & 0x1:
            raise ParseError(
                "the archive is protected by a password: save a copy without one and replace it"
            )
        path = PurePosixPath(entry.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in "".join(path.parts[:1]):
            raise ParseError(
                f"the archive names a path outside itself ({entry.filename[:80]!r}): "
                "do not trust this file"
            )


def _check_xml(head: bytes, part: str) -> None:
    if b"<!DOCTYPE" in head.replace(b"\0", b"").upper():
        raise ParseError(
            f"the document's part {part[:80]!r} declares XML entities, which Office never does: "
            "do not trust this file"
        )
