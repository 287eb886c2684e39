"""ZIP and tar files as sources, honest ones and traps."""

from __future__ import annotations

import io
import os
import stat
import struct
import tarfile
import threading
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import SourceError
from ingest.sources.archive.unpacking import safe_path
from tests.ingest.sources.places import place, texts, times

_SECOND = 1_000_000_000


def _zip(path: Path, files: Mapping[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name, (2024, 5, 6, 7, 8, 10))
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return path


def _tar(path: Path, files: Mapping[str, str]) -> Path:
    with tarfile.open(path, "w:gz" if path.name.endswith("gz") else "w") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(content.encode()), 1_700_000_000
            archive.addfile(info, io.BytesIO(content.encode()))
    return path


def _refused(home: Path, path: Path, match: str, **options: int) -> None:
    """Both the check and the listing refuse it."""
    for home_of in ("a", "b"):
        one = place(home / home_of, "archive", path, **options)
        with pytest.raises(SourceError, match=match):
            one.check() if home_of == "a" else one.list_files(threading.Event())


def test_a_zip_s_files_are_documents_until_they_are_not_in_it(tmp_path: Path) -> None:
    """A replaced archive replaces its documents; times are those of the entries."""
    path = _zip(tmp_path / "a.zip", {"a.md": "# A", "deep/er/b.md": "# B", ".hidden.md": "no"})
    archive = place(tmp_path / "home", "archive", path)
    archive.check()
    assert texts(archive) == {"a.md": "# A", "deep/er/b.md": "# B"}
    before = times(archive)
    assert before["a.md"] // _SECOND == 1_714_979_290
    _zip(path, {"a.md": "# C", "deep": "now a file.md"})
    assert texts(archive) == {"a.md": "# C", "deep": "now a file.md"}
    assert times(archive)["a.md"] != before["a.md"], "same size, same second, other content"


@pytest.mark.parametrize("name", ["a.tar", "a.tar.gz", "a.tgz"])
def test_tar_files_are_read_alike(tmp_path: Path, name: str) -> None:
    """Packed or not."""
    path = _tar(tmp_path / name, {"a.md": "# A", "x/报销.md": "# 报销"})
    archive = place(tmp_path / "home", "archive", path)
    archive.check()
    assert texts(archive) == {"a.md": "# A", "x/报销.md": "# 报销"}
    assert times(archive)["a.md"] // _SECOND == 1_700_000_000
    _tar(path, {"a.md": "# B"})
    os.utime(path, (1, 1))
    assert texts(archive) == {"a.md": "# B"}


def test_an_unchanged_archive_is_not_unpacked_again(tmp_path: Path) -> None:
    """The copies of the last time are the documents."""
    path = _zip(tmp_path / "a.zip", {"a.md": "# A"})
    archive = place(tmp_path / "home", "archive", path)
    texts(archive)
    copy = archive.read("a.md").stat().st_ino
    assert texts(archive) == {"a.md": "# A"}
    assert archive.read("a.md").stat().st_ino == copy


@pytest.mark.parametrize("encoding", ["gbk", "utf-8", "cp437"])
def test_names_of_old_programs_are_read_as_they_were_meant(tmp_path: Path, encoding: str) -> None:
    """Chinese Windows writes GBK without saying so, others UTF-8; the format's own is cp437."""
    names = {
        "gbk": ["财务制度/报销流程.md", "财务制度/2024年采购合同.md"],
        "utf-8": ["财务制度/报销流程.md"],
        "cp437": ["Überblick.md", "Prüfung für Führungskräfte.md"],
    }[encoding]
    path = tmp_path / "a.zip"
    _zip(
        path, {f"{i}".ljust(len(name.encode(encoding)), "#"): name for i, name in enumerate(names)}
    )
    data = path.read_bytes()
    for i, name in enumerate(names):  # zipfile itself only writes honest names
        raw = name.encode(encoding)
        data = data.replace(f"{i}".ljust(len(raw), "#").encode(), raw)
    path.write_bytes(data)
    assert set(texts(place(tmp_path / "home", "archive", path))) == set(names)


def test_the_unicode_name_of_info_zip_counts(tmp_path: Path) -> None:
    """And so does its time in UTC."""
    path = tmp_path / "a.zip"
    info = zipfile.ZipInfo("caf.md", (2020, 1, 1, 0, 0, 0))
    name = "café 报告.md".encode()
    info.extra = struct.pack("<HHBI", 0x7075, 5 + len(name), 1, zlib.crc32(b"caf.md")) + name
    info.extra += struct.pack("<HHBi", 0x5455, 5, 1, 1_600_000_000)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(info, "x")
    found = times(place(tmp_path / "home", "archive", path))
    assert {name: ns // _SECOND for name, ns in found.items()} == {"café 报告.md": 1_600_000_000}


@pytest.mark.parametrize("name", ["../x.md", "/etc/x.md", "C:\\x.md", "a/../../x.md", "..\\x.md"])
def test_names_that_lead_outside_refuse_the_archive(tmp_path: Path, name: str) -> None:
    """Nothing of it is unpacked."""
    _refused(tmp_path, _zip(tmp_path / "a.zip", {"a.md": "a", name: "x"}), "outside")
    _refused(tmp_path, _tar(tmp_path / "a.tar.gz", {"a.md": "a", name: "x"}), "outside")
    assert not list(tmp_path.rglob("x.md"))


def test_links_are_left_out(tmp_path: Path) -> None:
    """Symbolic and hard links and devices are no documents."""
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        link = zipfile.ZipInfo("link.md")
        link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("a.md", "a")
    assert texts(place(tmp_path / "one", "archive", path)) == {"a.md": "a"}
    path = tmp_path / "a.tar"
    with tarfile.open(path, "w") as tar:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE):
            info = tarfile.TarInfo(f"link{kind.decode()}.md")
            info.type, info.linkname = kind, "/etc/passwd"
            tar.addfile(info)
        info = tarfile.TarInfo("a.md")
        info.size = 1
        tar.addfile(info, io.BytesIO(b"a"))
    assert texts(place(tmp_path / "two", "archive", path)) == {"a.md": "a"}


def test_bombs_are_refused_before_they_unpack(tmp_path: Path) -> None:
    """By ratio, by size, by number of files; in ZIP and in tar."""
    bomb = _zip(tmp_path / "bomb.zip", {"zeros.md": b"\0" * 60_000_000})
    _refused(tmp_path / "1", bomb, "200 times")
    _refused(tmp_path / "2", bomb, "more than 1 MB", most_mb=1)
    many = _zip(tmp_path / "many.zip", {f"{i}.md": "x" for i in range(11)})
    _refused(tmp_path / "3", many, "more than 10 files", most_files=10)
    tar = _tar(tmp_path / "bomb.tgz", {"zeros.md": "\0" * 60_000_000})
    _refused(tmp_path / "4", tar, "200 times")
    assert not list(tmp_path.rglob("zeros.md"))


def test_a_tar_header_cannot_fill_the_memory(tmp_path: Path) -> None:
    """A long-name header that claims gigabytes is refused, not read."""
    path = tmp_path / "a.tar"
    header = tarfile.TarInfo("././@LongLink")
    header.type, header.size = tarfile.GNUTYPE_LONGNAME, 3_000_000_000
    path.write_bytes(header.tobuf(tarfile.GNU_FORMAT) + b"\0" * 10_240)
    _refused(tmp_path, path, "header")


def test_a_protected_archive_says_so(tmp_path: Path) -> None:
    """Its documents stay as they were."""
    path = _zip(tmp_path / "a.zip", {"a.md": "# A"})
    archive = place(tmp_path / "home", "archive", path)
    assert texts(archive) == {"a.md": "# A"}
    data = bytearray(path.read_bytes())
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + at] |= 1
    path.write_bytes(data)
    with pytest.raises(SourceError, match=r"password.*nothing was changed"):
        archive.list_files(threading.Event())
    assert archive.read("a.md").read_text() == "# A"


@pytest.mark.parametrize("name", ["a.zip", "a.tar.gz", "a.tar"])
def test_damage_changes_nothing(tmp_path: Path, name: str) -> None:
    """A file cut in the middle, one that is something else, one that went away."""
    make = _zip if name.endswith(".zip") else _tar
    path = make(tmp_path / name, {"a.md": "# A" * 9000, "b.md": os.urandom(9000).hex()})
    archive = place(tmp_path / "home", "archive", path)
    before = texts(archive)
    whole = path.read_bytes()
    for broken in (whole[: len(whole) // 2], b"not an archive at all", b""):
        path.write_bytes(broken)
        with pytest.raises(SourceError, match="nothing was changed"):
            archive.list_files(threading.Event())
    path.unlink()
    with pytest.raises(SourceError, match="nothing was changed"):
        archive.list_files(threading.Event())
    assert {one: archive.read(one).read_text() for one in before} == before


def test_a_file_whose_bytes_are_damaged_refuses_the_archive(tmp_path: Path) -> None:
    """The checksum of each entry is held."""
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.md", "genuine text")
    path.write_bytes(path.read_bytes().replace(b"genuine", b"altered"))
    with pytest.raises(SourceError, match=r"a\.md is damaged"):
        texts(place(tmp_path / "home", "archive", path))


def test_other_files_are_no_archives(tmp_path: Path) -> None:
    """The error names what can be read."""
    (tmp_path / "a.rar").write_bytes(b"Rar!")
    _refused(tmp_path, tmp_path / "a.rar", r"\.zip")


@given(st.text(max_size=40))
def test_a_safe_path_stays_inside(name: str) -> None:
    """Whatever an entry is called, it is refused or becomes a plain relative path."""
    try:
        path = safe_path(name)
    except SourceError:
        return
    if path is not None:
        assert os.path.normpath(f"/root/{path}").startswith("/root/")
        assert "\\" not in path
