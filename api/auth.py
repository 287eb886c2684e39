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

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.errors import Refusal
from api.runtime import Runtime
from api.settings import is_loopback
from assistant.access import keys, principals
from assistant.types import Principal, Role

_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="footnote"'}


def runtime_of(request: Request) -> Runtime:
    """The running product."""
    runtime: Runtime = request.app.state.runtime
    return runtime


Running = Annotated[Runtime, Depends(runtime_of)]


# Only told of in the description: a header that is no key's is refused here, in our words.
_BEARER = HTTPBearer(
    scheme_name="key",
    auto_error=False,
    description="A key of Footnote (`footnote keys create`): `Authorization: Bearer fn_…`. "
    "Without one the page and the API answer in demo mode only, on the server's own machine, "
    "from what everyone may read.",
)


def who_asks(
    request: Request,
    runtime: Running,
    _: Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)] = None,
) -> Principal:
    """The principal of a request; looked up each time, so that a revoked key opens nothing.

    Raises:
        Refusal: 401, no key, an unknown or an expired one.
    """
    catalogue = runtime.library.catalogue
    scheme, _space, secret = request.headers.get("authorization", "").partition(" ")
    secret = secret.strip()
    if not secret:
        if runtime.settings.demo and _from_this_machine(request):
            return principals.demo(catalogue)
        raise Refusal(401, "send your key: Authorization: Bearer <key>", _CHALLENGE)
    if scheme.lower() != "bearer":
        raise Refusal(401, "the Authorization header must be: Bearer <key>", _CHALLENGE)
    if hmac.compare_digest(secret.encode("utf-8", "replace"), runtime.local_token.encode()):
        return principals.this_machine(catalogue)
    caller = keys.holder(catalogue, secret)
    if caller is None:
        raise Refusal(401, "this key is unknown, expired or revoked", _CHALLENGE)
    runtime.note_use(caller.id)
    return caller


Caller = Annotated[Principal, Depends(who_asks)]


def admin_only(caller: Caller) -> Principal:
    """The principal, if it is an admin.

    Raises:
        Refusal: 403.
    """
    if caller.role is not Role.ADMIN:
        raise Refusal(403, "only an admin key may do this")
    return caller


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
