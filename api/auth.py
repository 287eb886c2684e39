"""Who asks: a key in the Authorization header, and nothing else, makes a principal.

No cookies are used, so a foreign page cannot act for anybody. In demo mode a request without a
key is answered as the principal `demo`, who reads what everyone may; only from this machine, only
under a loopback name (a foreign name that points here is DNS rebinding), and not from the pages of
other origins or through a proxy.
"""

from __future__ import annotations

import hmac
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request

from api.errors import Refusal
from api.runtime import Runtime
from api.settings import is_loopback
from assistant.access import principal, principal_for_key
from assistant.types import Principal, Role
from ingest.store.catalogue.accounts import keys

_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="footnote"'}


def runtime_of(request: Request) -> Runtime:
    """The running product."""
    runtime: Runtime = request.app.state.runtime
    return runtime


Running = Annotated[Runtime, Depends(runtime_of)]


def who_asks(request: Request, runtime: Running) -> Principal:
    """The principal of a request; looked up each time, so that a revoked key opens nothing.

    Raises:
        Refusal: 401, no key, an unknown or an expired one.
    """
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    secret = secret.strip()
    if not secret:
        if runtime.settings.demo and _from_this_machine(request):
            with runtime.library.catalogue.read() as connection:
                return principal(connection, "demo", "Demo", Role.EMPLOYEE, ())
        raise Refusal(401, "send your key: Authorization: Bearer <key>", _CHALLENGE)
    if scheme.lower() != "bearer":
        raise Refusal(401, "the Authorization header must be: Bearer <key>", _CHALLENGE)
    with runtime.library.catalogue.read() as connection:
        if hmac.compare_digest(secret.encode("utf-8", "replace"), runtime.local_token.encode()):
            return principal(connection, "local", "This machine", Role.ADMIN, ())
        key = keys.find(connection, secret)
        if key is None:
            raise Refusal(401, "this key is unknown, expired or revoked", _CHALLENGE)
        asker = principal_for_key(connection, key)
    runtime.note_use(key.id)
    return asker


Asker = Annotated[Principal, Depends(who_asks)]


def admin_only(asker: Asker) -> Principal:
    """The principal, if it is an admin.

    Raises:
        Refusal: 403.
    """
    if asker.role is not Role.ADMIN:
        raise Refusal(403, "only an admin key may do this")
    return asker


Admin = Annotated[Principal, Depends(admin_only)]


def _from_this_machine(request: Request) -> bool:
    client = request.client
    if client is None or not is_loopback(client.host):
        return False
    if any(name in request.headers for name in ("forwarded", "x-forwarded-for", "x-real-ip")):
        return False
    host = request.headers.get("host", "")
    if not is_loopback(urlsplit(f"//{host}").hostname or ""):
        return False
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == host
