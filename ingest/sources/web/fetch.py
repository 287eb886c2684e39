"""Requests to strangers' web sites: one at a time, of limited size, to public addresses only.

A name is resolved here, every address it has is looked at, and the connection goes to the very
address that was checked, so a name that resolves to something else a moment later leads nowhere.
Redirects are not followed here: each hop is a new request, checked again.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

import httpx

from ingest.errors import SourceError

Resolve = Callable[[str, int], list[str]]
"""All addresses of a name, as text. Raises `OSError` if it has none."""

_REPLY_S = 20.0
_WHOLE_S = 120.0
_NAT64 = IPv6Network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. `body` is None when it is larger than allowed; header names are lower."""

    status: int
    headers: Mapping[str, str]
    body: bytes | None


class Fetcher:
    """Fetches pages for one source; to be closed."""

    def __init__(
        self,
        *,
        allow_private: bool,
        most_bytes: int,
        resolve: Resolve | None = None,
        certificates: ssl.SSLContext | None = None,
    ) -> None:
        """`allow_private` admits the own network too, though never its link-local addresses.

        `resolve` and `certificates` take the place of the system's name servers and authorities.
        """
        self._most_bytes = most_bytes
        self._client = httpx.Client(
            transport=_CheckedTransport(
                allow_private, resolve or resolved, certificates or _certificates()
            ),
            headers={"User-Agent": user_agent(), "Accept-Language": "*"},
            timeout=httpx.Timeout(_REPLY_S),
            follow_redirects=False,
            trust_env=False,
        )

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Reply:
        """One request.

        Raises:
            SourceError: no answer came, or the address is not one that may be connected to.
        """
        began = time.monotonic()
        self._client.cookies.clear()
        try:
            with self._client.stream("GET", url, headers=dict(headers or {})) as reply:
                parts: list[bytes] = []
                size = 0
                for part in reply.iter_bytes():
                    size += len(part)
                    if size > self._most_bytes:
                        return Reply(reply.status_code, reply.headers, None)
                    if time.monotonic() - began > _WHOLE_S:
                        raise SourceError(f"{url} took longer than {_WHOLE_S:.0f} s")
                    parts.append(part)
                return Reply(reply.status_code, reply.headers, b"".join(parts))
        except (httpx.HTTPError, httpx.InvalidURL) as exc:
            raise SourceError(f"{url} does not answer ({exc or type(exc).__name__})") from exc

    def close(self) -> None:
        """Closes the connection."""
        self._client.close()


@cache
def user_agent() -> str:
    """How Footnote introduces itself."""
    try:
        return f"footnote/{version('footnote')}"
    except PackageNotFoundError:
        return "footnote"


@cache
def _certificates() -> ssl.SSLContext:
    """Whom to trust, by SSL_CERT_FILE or SSL_CERT_DIR if set; reading them takes a moment, once."""
    return httpx.create_ssl_context()


def resolved(host: str, port: int) -> list[str]:
    """All addresses of a name, each once, in the system's order."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def may_connect(address: str, *, allow_private: bool) -> bool:
    """Whether an IP address is a public one, or one of the own network where that is allowed.

    Link-local addresses (where clouds keep their secrets), multicast and reserved ones are never
    allowed. An IPv4 address inside an IPv6 one counts as what it leads to.
    """
    ip = _innermost(ip_address(address.partition("%")[0]))
    if ip.is_link_local or ip.is_multicast or ip.is_unspecified:
        return False
    if ip.is_global:
        return True
    return allow_private and (not ip.is_reserved or ip.is_loopback)


def _innermost(ip: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    if isinstance(ip, IPv4Address):
        return ip
    if ip.ipv4_mapped is not None:
        return ip.ipv4_mapped
    if ip.sixtofour is not None:
        return ip.sixtofour
    if ip.teredo is not None:
        return ip.teredo[1]
    if ip in _NAT64:
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip


class _CheckedTransport(httpx.BaseTransport):
    """Connects to addresses that were checked; certificates are held to the name all the same."""

    def __init__(self, allow_private: bool, resolve: Resolve, certificates: ssl.SSLContext) -> None:
        self._allow_private = allow_private
        self._resolve = resolve
        self._certificates = certificates
        # By name, for a kept connection is known by its address alone: another name at the same
        # address must show its own certificate.
        self._of: dict[str, httpx.HTTPTransport] = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The response of the first address that takes a connection."""
        url = request.url
        host = url.raw_host.decode("ascii")
        failed: Exception | None = None
        for address in self._addresses(host, url.port or (443 if url.scheme == "https" else 80)):
            pinned = httpx.Request(
                request.method,
                url.copy_with(host=address),
                headers=request.headers,  # with the name as Host
                stream=request.stream,
                extensions={**request.extensions, "sni_hostname": host},
            )
            try:
                return self._connections(host).handle_request(pinned)
            except (httpx.ConnectError, httpx.ConnectTimeout) as exc:
                failed = exc
        assert failed is not None  # a name without addresses is an error of its own
        raise failed

    def close(self) -> None:
        """Closes all connections."""
        for each in self._of.values():
            each.close()

    def _connections(self, host: str) -> httpx.HTTPTransport:
        if host not in self._of:
            self._of[host] = httpx.HTTPTransport(verify=self._certificates, trust_env=False)
        return self._of[host]

    def _addresses(self, host: str, port: int) -> list[str]:
        try:
            found = self._resolve(host.strip("[]"), port)
        except (OSError, UnicodeError) as exc:
            raise httpx.ConnectError(f"the name {host} is not known: {exc}") from exc
        for one in found:
            if not may_connect(one, allow_private=self._allow_private):
                raise SourceError(
                    f"{host} is at {one}, which is not a public address; to read a site inside "
                    "your own network set FOOTNOTE_ALLOW_PRIVATE_ADDRESSES=true and the source's "
                    "option allow_private"
                )
        return found
