"""Prometheus metrics: counts and times, no names and no text."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from assistant.types import Answer
from ingest.library import Library
from ingest.store import overview

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    """The metrics of one running server, in a registry of its own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.requests = Counter(
            "footnote_http_requests_total",
            "HTTP requests",
            ["route", "method", "status"],
            registry=self._registry,
        )
        self._questions = Counter(
            "footnote_questions_total",
            "Questions answered",
            ["status", "mode"],
            registry=self._registry,
        )
        self._seconds = Histogram(
            "footnote_question_seconds",
            "Time from question to answer, by part",
            ["part"],
            buckets=_BUCKETS,
            registry=self._registry,
        )
        self._tokens = Counter(
            "footnote_llm_tokens_total", "Tokens", ["kind"], registry=self._registry
        )
        self._cost = Counter("footnote_llm_cost_usd_total", "US dollars", registry=self._registry)
        self._documents = Gauge(
            "footnote_documents", "Documents", ["state"], registry=self._registry
        )
        self._chunks = Gauge("footnote_chunks", "Passages", registry=self._registry)
        self._jobs = Gauge("footnote_jobs", "Unfinished jobs", ["state"], registry=self._registry)

    def answered(self, answer: Answer) -> None:
        """Counts an answer."""
        self._questions.labels(answer.status.value, answer.mode.value).inc()
        self._seconds.labels("retrieve").observe(answer.timings.retrieve_ms / 1000)
        self._seconds.labels("total").observe(answer.timings.total_ms / 1000)
        self._tokens.labels("prompt").inc(answer.usage.prompt_tokens)
        self._tokens.labels("completion").inc(answer.usage.completion_tokens)
        self._cost.inc(answer.usage.cost_usd)

    def page(self, library: Library) -> bytes:
        """Everything in Prometheus' text format, with what the catalogue holds now."""
        now = overview.counts(library.catalogue)
        self._documents.clear()
        for state, count in now.documents.items():
            self._documents.labels(state).set(count)
        self._chunks.set(now.chunks)
        for state, count in now.jobs.items():
            self._jobs.labels(state).set(count)
        return generate_latest(self._registry)
