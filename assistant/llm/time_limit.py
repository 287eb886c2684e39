"""An HTTP client whose read limit bounds a whole reply, not only each gap in it.

Endpoints with a queue send comments while one waits; each would begin the limit anew. And one
that stops half way would be waited for as long again as for a whole reply. What the reader of a
reply takes between two pieces is not counted: the endpoint cannot help it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx2

Read = Callable[[int, float | None], bytes]
"""Reads so many bytes at most from a connection, and waits so many seconds at most."""


def client_with_time_limit(clock: Callable[[], float]) -> httpx2.Client:
    """The client; a request's read timeout is what it may wait for the whole reply, in seconds.

    A reply that takes longer fails with `httpx2.ReadTimeout`. The caller closes the client.
    """
    from openai import DefaultHttpx2Client

    def begin(request: httpx2.Request) -> None:
        request.extensions["footnote_deadline"] = clock() + request.extensions["timeout"]["read"]

    def limit(response: httpx2.Response) -> None:
        # The connection's own `read` is set aside until the response is closed: the timeout that
        # is passed to it is taken from the request once, for all reads of a body.
        connection: Any = response.extensions["network_stream"]
        vars(connection).pop("read", None)  # the limit of the reply before on this connection
        left_s = response.request.extensions["footnote_deadline"] - clock()
        connection.read = Limited(connection.read, left_s, clock, lambda: response.is_closed)

    return DefaultHttpx2Client(event_hooks={"request": [begin], "response": [limit]})


class Limited:
    """Reads of one reply, which together wait `left_s` seconds at most; afterwards unlimited."""

    def __init__(
        self, read: Read, left_s: float, clock: Callable[[], float], over: Callable[[], bool]
    ) -> None:
        self._read = read
        self._left_s = left_s
        self._clock = clock
        self._over = over

    def __call__(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """The next bytes of the connection.

        Raises:
            httpx2.ReadTimeout: the time of the whole reply has passed.
        """
        import httpx2

        if self._over():
            return self._read(max_bytes, timeout)
        if self._left_s <= 0:
            raise httpx2.ReadTimeout("the time limit of the whole reply has passed")
        began = self._clock()
        try:
            return self._read(
                max_bytes, self._left_s if timeout is None else min(timeout, self._left_s)
            )
        finally:
            self._left_s -= self._clock() - began
