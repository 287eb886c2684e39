"""Sources, and what is asked of them."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import Field, JsonValue

from api.routes.bodies.fields import Body, Group, Moment, Name, Sent, Short, Text, example
from assistant.conversation.answer_json import time_text
from ingest.jobs.schedule import Outlook
from ingest.store import overview
from ingest.store.catalogue.access.classes import AccessRule as Rule
from ingest.store.catalogue.sources import Source as SourceRecord

_SOURCE: dict[str, Any] = {
    "name": "handbook",
    "path": "/srv/handbook",
    "include": ["**/*"],
    "exclude": ["drafts/**"],
    "access": [
        {"pattern": "hr/**", "groups": ["hr"]},
        {"pattern": "**", "groups": ["everyone"]},
    ],
    "owner": "people@example.com",
    "kind": "folder",
    "options": {},
    "watch": True,
    "interval_s": None,
}
_TIMES: dict[str, Any] = {
    "synced_at": "2025-11-25T08:00:12Z",
    "reconciled_at": "2025-11-25T02:14:02Z",
    "watching": True,
    "unwatched_because": "",
    "next_sync_in_s": 3122.4,
    "next_reconcile_in_s": 61230.9,
    "last_error": "",
}


class AccessRuleIn(Body):
    """Files that match the glob are for these groups."""

    model_config = example(pattern="hr/**", groups=["hr"])

    pattern: Annotated[Text, Field(min_length=1, max_length=1000)]
    groups: Annotated[list[Group], Field(max_length=200)]


class SourceIn(Body):
    """A folder or another place to be indexed; `options` are those of its kind."""

    model_config = example(**_SOURCE)

    name: Name
    path: Annotated[Text, Field(min_length=1, max_length=4000)]
    include: list[Text] = Field(["**/*"])
    exclude: list[Text] = Field([])
    access: list[AccessRuleIn] = Field([])
    owner: Short | None = None
    kind: Short = "folder"
    options: dict[Short, JsonValue] = Field({}, max_length=50)
    watch: bool = False
    interval_s: Annotated[int, Field(ge=10, le=366 * 86400)] | None = None

    def as_source(self) -> SourceRecord:
        """For the library."""
        return SourceRecord(
            self.name,
            self.path,
            tuple(self.include),
            tuple(self.exclude),
            tuple(Rule(one.pattern, frozenset(one.groups)) for one in self.access),
            self.owner,
            self.kind,
            self.options,
            self.watch,
            self.interval_s,
        )


class SyncIn(Body):
    """How a sync is to be done.

    `dry_run` only plans; `force` reads again what has not changed; `allow_mass_delete` goes on
    where much is gone; `reconcile` compares the content of every file.
    """

    model_config = example(dry_run=True)

    dry_run: bool = False
    force: bool = False
    allow_mass_delete: bool = False
    reconcile: bool = False


class AccessRule(Sent):
    """Files that match the glob are for these groups; the first rule that matches counts."""

    model_config = example(pattern="hr/**", groups=["hr"])

    pattern: str
    groups: list[str]


class Source(Sent):
    """A place that the index is kept true to; a `paused` one rests."""

    model_config = example(**_SOURCE, paused=False)

    name: str
    path: str
    include: list[str]
    exclude: list[str]
    access: list[AccessRule]
    owner: str | None
    kind: str
    options: dict[str, JsonValue]
    watch: bool
    interval_s: int | None
    paused: bool

    @classmethod
    def of(cls, source: SourceRecord, **more: Any) -> Self:
        """As it is sent."""
        return cls(
            name=source.name,
            path=source.path,
            include=list(source.include),
            exclude=list(source.exclude),
            access=[
                AccessRule(pattern=rule.pattern, groups=sorted(rule.groups))
                for rule in source.access
            ],
            owner=source.owner,
            kind=source.kind,
            options=dict(source.options),
            watch=source.watch,
            interval_s=source.interval_s,
            paused=source.paused,
            **more,
        )


class SourceWithTimes(Source):
    """A source with when it was looked at, and in how many seconds it will be (null: not due).

    `reconciled_at` is when all content was last compared; `last_error` is why the last sync
    failed, empty if it did not.
    """

    model_config = example(**_SOURCE, paused=False, **_TIMES)

    synced_at: Moment | None
    reconciled_at: Moment | None
    watching: bool
    unwatched_because: str
    next_sync_in_s: float | None
    next_reconcile_in_s: float | None
    last_error: str

    @classmethod
    def as_it_is(cls, one: overview.SourceAsItIs, outlook: Outlook) -> Self:
        """As it is sent."""
        return cls.of(
            one.timing.source,
            synced_at=time_text(one.timing.synced_at),
            reconciled_at=time_text(one.timing.reconciled_at),
            watching=outlook.watching,
            unwatched_because=outlook.unwatched,
            next_sync_in_s=outlook.next_look_s,
            next_reconcile_in_s=outlook.next_reconcile_s,
            last_error=one.last_error,
        )


class SourceList(Sent):
    """Every source, by name."""

    model_config = example(sources=[{**_SOURCE, "paused": False, **_TIMES}])

    sources: list[SourceWithTimes]


class ReadableSource(Sent):
    """A source in which the asker can read something."""

    model_config = example(name="handbook")

    name: str


class ReadableSourceList(Sent):
    """The sources to which a search can be narrowed."""

    model_config = example(sources=[{"name": "handbook"}])

    sources: list[ReadableSource]
