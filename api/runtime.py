"""The running product: library, worker, assistant, wired from the settings; closed in reverse."""

from __future__ import annotations

import secrets
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import structlog

from api.asking.counted import CountedAnswering
from api.asking.places import Places
from api.observe.metrics import Metrics
from api.settings import Settings
from assistant.access import keys
from assistant.ask import Assistant
from assistant.conversation.examples.examples import Examples
from assistant.llm.chat import ChatLlm
from ingest.jobs.schedule import Schedule
from ingest.jobs.worker import Worker
from ingest.library import Library

_USED_EVERY_S = 60.0
SWITCH_S = 0.001

LAST_ANSWERS_S = 30.0
"""How long answers that are under way may take when everything is closed."""

_log = structlog.get_logger(__name__)


class Runtime:
    """Everything that serves requests. `local_token` opens it for this machine's commands."""

    def __init__(
        self, settings: Settings, local_token: str | None = None, *, scheduled: bool = True
    ) -> None:
        """Opens the index; takes about a second.

        `scheduled` sources are watched and looked at in time; a single command leaves them alone.

        Raises:
            HomeLocked: another process has the home folder open.
            CatalogueError: the home folder cannot be used.
            EmbedError: the embedder cannot be used.
        """
        # A question that waits for Python's lock while a sync computes gets it after this long,
        # each time (default 5 ms, and a question takes the lock some twenty times).
        sys.setswitchinterval(SWITCH_S)
        self.settings = settings
        self.local_token = local_token or secrets.token_urlsafe(32)
        self.metrics = Metrics()
        with ExitStack() as opened:
            self.library = opened.enter_context(Library(settings))
            self.llm = open_llm(settings)
            self._assistant = Assistant(
                self.library.catalogue,
                self.library.searchable,
                self.library.static_model,
                self.library.translations,
                self.llm,
                settings,
            )
            self.assistant = CountedAnswering(
                self._assistant, self.metrics, self.library.precedence
            )
            self.places = Places(settings.ask_concurrency)
            self.examples = Examples(self.library.catalogue, self.assistant.rehearse)
            opened.callback(self._assistant.close)
            opened.callback(self._end_questions)
            self.worker = Worker(self.library)
            opened.callback(self.worker.close)
            self.schedule = self._open_schedule() if scheduled else None
            if self.schedule is not None:
                opened.callback(self.schedule.close)
                self.begin_outdated()
            self._last_noted: dict[str, float] = {}
            self._notes = opened.enter_context(ThreadPoolExecutor(1, thread_name_prefix="notes"))
            if scheduled and self.llm is not None:
                opened.callback(self._warm_up(self.llm).join)
            self._opened = opened.pop_all()

    def ensure_admin_key(self) -> str | None:
        """The first admin key, made when there is no key at all; None if there is one already."""
        preset = self.settings.admin_key
        secret = None if preset is None else preset.get_secret_value()
        return keys.ensure_admin(self.library.catalogue, secret)

    def _warm_up(self, llm: ChatLlm) -> threading.Thread:
        """The client library takes seconds to import: not at a question."""
        thread = threading.Thread(target=llm.warm_up, name="warm-up", daemon=True)
        thread.start()
        return thread

    def _end_questions(self) -> None:
        """Takes in no more, and lets those under way end; the model's end here, and are quoted."""
        self.assistant.close()
        if self.llm is not None:
            self.llm.close()
        if not self.assistant.wait(LAST_ANSWERS_S):
            _log.warning("questions were still under way when everything was closed")

    def _open_schedule(self) -> Schedule:
        return Schedule(
            self.library.catalogue,
            self.worker.submit,
            reconcile_hours=self.settings.reconcile_hours,
        )

    def begin_outdated(self) -> None:
        """Queues a new generation if the settings ask for another than the live one."""
        if self.library.outdated:
            made = self.library.begin_generation()
            _log.info("the settings changed: a new generation is built", generation=made.id)
            self.worker.submit_generation(made.id)

    def note_use(self, key_id: str) -> None:
        """Notes that a key was used, at most once a minute; the request does not wait for it."""
        now = time.monotonic()
        if now - self._last_noted.get(key_id, -_USED_EVERY_S) >= _USED_EVERY_S:
            self._last_noted[key_id] = now
            self._notes.submit(self._note, key_id)

    def _note(self, key_id: str) -> None:
        try:
            keys.note_use(self.library.catalogue, key_id)
        except Exception as exc:  # the border of a note: a full disk must not end all reading
            _log.warning("the use of a key was not noted", error=type(exc).__name__)

    def close(self) -> None:
        """Ends jobs after the batch under way, lets answers end, and closes everything."""
        self._opened.close()


def open_llm(settings: Settings) -> ChatLlm | None:
    """The language model of the settings, None if none is set up."""
    if settings.llm_base_url is None or settings.llm_model is None:
        return None
    key = settings.llm_api_key
    return ChatLlm(
        settings.llm_base_url,
        settings.llm_model,
        api_key=key.get_secret_value() if key else None,
        timeout_s=settings.llm_timeout_s,
        max_tokens=settings.llm_max_tokens,
        temperature=settings.llm_temperature,
        price_prompt_usd_per_million=settings.price_prompt_usd_per_million,
        price_completion_usd_per_million=settings.price_completion_usd_per_million,
    )
