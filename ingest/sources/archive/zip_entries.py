"""Entries of a ZIP file, with the names and times that their makers meant."""

from __future__ import annotations

import stat
import struct
import zipfile
from collections.abc import Generator
from datetime import UTC, datetime
from functools import partial
from typing import IO

from ingest.errors import ParseError, SourceError
from ingest.parsers.plain.decode import decode
from ingest.sources.archive.unpacking import Entry, Guard, safe_path

_UTF8 = 0x800
_ENCRYPTED = 0x1
_UNICODE_PATH = 0x7075
_TIMES = 0x5455
_UNIX = 3


def zip_entries(file: IO[bytes], guard: Guard) -> Generator[Entry]:
    """The plain files of a ZIP file; all of it is checked before the first one is given.

    An entry never unpacks to more than it declares: `zipfile` stops there.

    Raises:
        SourceError: it is damaged, encrypted, a trap or too large.
    """
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, ValueError, NotImplementedError, UnicodeDecodeError) as exc:
        raise SourceError(f"it is damaged or incomplete, or no ZIP file at all ({exc})") from exc
    entries: dict[str, Entry] = {}
    with archive:
        infos = archive.infolist()
        for info, name in zip(infos, _names(infos), strict=True):
            if info.flag_bits & _ENCRYPTED:
                raise SourceError("it is protected by a password; make one without")
            guard.admit(info.file_size)
            path = safe_path(name)
            if path is None or _is_special(info):
                continue
            # Of two entries with one name the later counts, as for every program that unpacks.
            entries[path] = Entry(path, _seconds(info), partial(archive.open, info))
        yield from entries.values()


def _names(infos: list[zipfile.ZipInfo]) -> list[str]:
    """Every entry's name.

    Names are UTF-8 where the archive says so or a field of Info-ZIP holds them; others are in the
    legacy encoding of whoever made the archive, most often GBK for Chinese ones. All of these are
    looked at together, for a single name is too short to tell by; what is no such encoding is
    the cp437 of the format's definition.
    """
    said = [_unicode_path(info) for info in infos]
    legacy = {
        at: info.orig_filename.encode("cp437")
        for at, info in enumerate(infos)
        if said[at] is None and not info.flag_bits & _UTF8 and not info.orig_filename.isascii()
    }
    names = [text or info.filename for text, info in zip(said, infos, strict=True)]
    if legacy:
        try:
            read = decode(b"\n".join(legacy.values())).split("\n")
        except ParseError:
            return names
        if len(read) == len(legacy) and not any("\ufffd" in name for name in read):
            for at, name in zip(legacy, read, strict=True):
                names[at] = name
    return names


def _is_special(info: zipfile.ZipInfo) -> bool:
    """Symbolic links, devices: whatever a Unix archive calls neither file nor nothing."""
    kind = stat.S_IFMT(info.external_attr >> 16) if info.create_system == _UNIX else 0
    return kind not in (0, stat.S_IFREG)


def _seconds(info: zipfile.ZipInfo) -> int:
    """Seconds since 1970; the format's own times have no zone and are taken for UTC."""
    exact = _extra(info, _TIMES)
    if exact is not None and len(exact) >= 5 and exact[0] & 1:
        return int(struct.unpack("<i", exact[1:5])[0])
    try:
        return int(datetime(*info.date_time, tzinfo=UTC).timestamp())
    except ValueError:
        return 0


def _unicode_path(info: zipfile.ZipInfo) -> str | None:
    """The UTF-8 name of Info-ZIP's extra field, None if there is none."""
    field = _extra(info, _UNICODE_PATH)
    if field is None or len(field) <= 5:
        return None
    try:
        return field[5:].decode("utf-8")
    except UnicodeDecodeError:
        return None


def _extra(info: zipfile.ZipInfo, wanted: int) -> bytes | None:
    rest = info.extra
    while len(rest) >= 4:
        kind, size = struct.unpack("<HH", rest[:4])
        if kind == wanted:
            return rest[4 : 4 + size]
        rest = rest[4 + size :]
    return None
