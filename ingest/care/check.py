"""Proving that catalogue and indexes agree, and mending what does not.

The catalogue is the truth. A check reads beside readers and syncs, so what seems wrong at the first
look may only have been under way: a sync writes to the indexes before it publishes, and purges them
afterwards. It is looked at once more while no label changes, and where possible no sync runs.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from ingest.care.looks import first_look, second_look
from ingest.care.mend import mend
from ingest.care.report import Report
from ingest.care.subject import Subject

SECOND_LOOK_S = 1.0


def check(
    subject: Subject,
    *,
    repair: bool = False,
    still: Callable[[], AbstractContextManager[bool]] = lambda: nullcontext(True),
    stop: threading.Event | None = None,
    second_look_s: float = SECOND_LOOK_S,
) -> Report:
    """Compares everything, and with `repair` mends it.

    Args:
        subject: what is compared.
        repair: mend what can be mended beside syncs; damaged files call for `repair.rebuild`.
        still: keeps syncs away for a moment; gives False when one is under way, whose work is not
            to be taken for what somebody left behind.
        stop: when set, the check ends early and reports what it had found for sure: nothing.
        second_look_s: how long after the first look what seemed wrong is looked at again.
    """
    stop = stop or threading.Event()
    first, passages = first_look(subject, stop)
    if not first or stop.is_set():
        return Report(passages)
    stop.wait(second_look_s)
    with still() as is_still, subject.catalogue.settling:
        second = second_look(subject, first, is_still)
    sure = {kind: frozenset(first.get(kind, set()) & ids) for kind, ids in second.items()}
    sure = {kind: ids for kind, ids in sure.items() if ids}
    if not repair or not sure or stop.is_set():
        return Report(passages, sure, sure)
    mend(subject, sure)
    with subject.catalogue.settling:
        third = second_look(subject, sure, is_still)
    left = {kind: ids & third.get(kind, set()) for kind, ids in sure.items()}
    return Report(passages, sure, {kind: ids for kind, ids in left.items() if ids}, mended=True)
