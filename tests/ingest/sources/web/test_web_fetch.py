"""Which addresses may be connected to, and that the checked one is the one connected to."""

from __future__ import annotations

import ssl
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ingest.errors import SourceError
from ingest.sources.kinds import connect
from ingest.sources.web.fetch import Fetcher, may_connect
from ingest.store.catalogue.sources import Source
from tests.ingest.sources.sites import Answer, serving

_OWN = ["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1", "::1", "fd00::1"]
_NEVER = [
    "169.254.169.254",
    "fe80::1",
    "fe80::1%eth0",
    "224.0.0.1",
    "ff02::1",
    "0.0.0.0",
    "::",
    "255.255.255.255",
    "240.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "2002:a9fe:a9fe::1",
]


@pytest.mark.parametrize("address", [*_OWN, *_NEVER, "::ffff:127.0.0.1", "64:ff9b::7f00:1"])
def test_addresses_that_are_not_public_are_refused(address: str) -> None:
    """Also those that hide inside an IPv6 address."""
    assert not may_connect(address, allow_private=False)


def test_the_own_network_can_be_allowed_but_not_the_rest() -> None:
    """Cloud metadata and the like stay out of reach."""
    assert all(may_connect(one, allow_private=True) for one in _OWN)
    assert not any(may_connect(one, allow_private=True) for one in _NEVER)
    assert all(may_connect(one, allow_private=False) for one in ("93.184.215.14", "2606:4700::1"))


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "10.0.0.1", "169.254.169.254", "[::1]", "localhost", "2130706433", "0x7f.1"],
)
def test_a_site_at_such_an_address_is_never_asked(tmp_path: Path, host: str) -> None:
    """By address or by name, in every way of writing it."""
    with serving() as site:
        port = site.url.rpartition(":")[2]
        web = connect(Source("s", f"http://{host}:{port}/", kind="web"), tmp_path)
        with pytest.raises(SourceError, match="not a public address"):
            web.check()
        assert site.asked == []


def test_one_bad_address_of_a_name_refuses_it() -> None:
    """A name with a public and an inner address is a trap."""
    fetcher = Fetcher(
        allow_private=False,
        most_bytes=1000,
        resolve=lambda host, port: ["93.184.215.14", "127.0.0.1"],
    )
    with pytest.raises(SourceError, match=r"127\.0\.0\.1"):
        fetcher.get("http://trap.example/")
    fetcher.close()


def test_a_name_is_resolved_once_and_the_checked_address_is_used() -> None:
    """A second answer of the name server (rebinding) is never asked for; Host keeps the name."""
    with serving() as site:
        site.pages["/"] = Answer(b"hello")
        port = site.url.rpartition(":")[2]
        asked: list[str] = []

        def resolve(host: str, _: int) -> list[str]:
            asked.append(host)
            return ["127.0.0.1"]

        fetcher = Fetcher(allow_private=True, most_bytes=1000, resolve=resolve)
        # A name that no name server knows: only the address from here can have been used.
        assert fetcher.get(f"http://pinned.invalid:{port}/").body == b"hello"
        assert asked == ["pinned.invalid"]
        fetcher.close()


def test_a_redirect_to_an_inner_address_is_refused() -> None:
    """Every hop is a request of its own, checked like the first."""
    fetcher = Fetcher(
        allow_private=False, most_bytes=1000, resolve=lambda host, port: ["169.254.169.254"]
    )
    with pytest.raises(SourceError, match=r"169\.254"):
        fetcher.get("http://metadata.example/latest")
    fetcher.close()


def test_the_option_needs_the_server_s_setting(tmp_path: Path) -> None:
    """An admin of the API alone cannot reach into the network of the server."""
    source = Source("s", "http://127.0.0.1/", kind="web", options={"allow_private": True})
    web = connect(source, tmp_path)
    for act in (web.check, lambda: web.list_files(threading.Event())):
        with pytest.raises(SourceError, match="FOOTNOTE_ALLOW_PRIVATE_ADDRESSES"):
            act()
    assert web.address("index.html") is None, "documents that are there can be opened all the same"


def test_a_body_is_read_no_further_than_allowed() -> None:
    """Whatever length it claims."""
    with serving() as site:
        site.pages["/"] = Answer(b"x" * 5000)
        fetcher = Fetcher(allow_private=True, most_bytes=1000)
        assert fetcher.get(f"{site.url}/").body is None
        fetcher.close()


def test_a_certificate_is_held_to_the_name_not_to_the_address(tmp_path: Path) -> None:
    """Connecting to a checked address takes nothing from what TLS promises."""
    pem = _certificate(tmp_path / "site.pem", "wiki.test")
    with serving(pem) as site:
        site.pages["/"] = Answer(b"hello")
        port = site.url.rpartition(":")[2]
        fetcher = Fetcher(
            allow_private=True,
            most_bytes=1000,
            resolve=lambda host, port: ["127.0.0.1"],
            certificates=ssl.create_default_context(cafile=str(pem)),
        )
        assert fetcher.get(f"https://wiki.test:{port}/").body == b"hello"
        with pytest.raises(SourceError, match="CERTIFICATE_VERIFY_FAILED"):
            fetcher.get(f"https://other.test:{port}/")
        fetcher.close()


def _certificate(path: Path, name: str) -> Path:
    """A self-signed certificate with its key in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, form, plain)
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path
