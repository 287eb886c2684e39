"""Settings of indexing: the one place where they are named, bounded and explained.

The environment names are `FOOTNOTE_` and the field in capitals (`FOOTNOTE_CHUNK_TOKENS`); the
application composes these with the other packages' settings and reads them from there or a file.
"""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator


class IngestSettings(BaseModel):
    """How documents come in and where their index lives."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    home: Path = Field(
        Path(".footnote"),
        description="Folder of all that Footnote keeps: catalogue and indexes.",
    )
    database_url: str | None = Field(
        None,
        description="Where the catalogue is: `postgresql://user:password@host/name` (PostgreSQL 15 "
        "or newer, encoded in UTF-8, with `pip install 'footnote[postgres]'`); default is SQLite "
        "in the home folder.",
    )
    embedder: str = Field(
        "builtin",
        description="`builtin`, `builtin-contextual` (reads more closely, embeds 100 to 300 times "
        "slower), `sentence-transformers:<model>` or `openai:<model>`; with `builtin+` before one "
        "of the last two, the model joins the built-in one instead of replacing it.",
    )
    embed_base_url: str | None = Field(
        None, description="OpenAI-compatible endpoint for `openai:<model>` embeddings."
    )
    embed_api_key: SecretStr | None = Field(None, description="Key for that endpoint.")
    embed_timeout_s: float = Field(60, gt=0, description="Time limit of one embedding request.")
    parse_workers: int = Field(
        default_factory=lambda: max(1, min(4, os.cpu_count() or 1)),
        ge=1,
        le=64,
        description="Processes that parse files; default is the number of cores, at most 4.",
    )
    parse_timeout_s: float = Field(60, gt=0, description="Longest time one file may take to parse.")
    parse_memory_mb: int = Field(
        1024, ge=128, description="Most memory that parsing one file may take."
    )
    kept_versions: int = Field(
        3,
        ge=1,
        le=100,
        description="Versions of a document that are kept, so that an old answer's footnotes still "
        "open what was cited.",
    )
    reconcile_hours: float = Field(
        24,
        ge=0,
        description="How often the content of every file is compared, so that one which changed "
        "without its size or time is found; 0 never.",
    )
    max_file_mb: int = Field(100, ge=1, description="Larger files are not read.")
    chunk_tokens: int = Field(
        170, ge=32, le=1000, description="Size that chunks aim at, in tokens of the analyser."
    )
    chunk_max_tokens: int = Field(
        256, ge=48, le=2000, description="Size that a chunk never exceeds, one long sentence apart."
    )

    allow_private_addresses: bool = Field(
        False,
        description="Lets web sources with the option `allow_private` read sites inside the own "
        "network (an intranet); otherwise only public addresses are ever connected to.",
    )

    @model_validator(mode="after")
    def _fits(self) -> IngestSettings:
        if self.chunk_max_tokens < self.chunk_tokens:
            raise ValueError("chunk_max_tokens must be at least chunk_tokens")
        if self.embedder not in {"builtin", "builtin-contextual"}:
            kind, _, model = self.embedder.removeprefix("builtin+").partition(":")
            if kind not in {"sentence-transformers", "openai"}:
                raise ValueError(
                    "embedder must be `builtin`, `builtin-contextual`, "
                    "`sentence-transformers:<model>`, `openai:<model>`, or one of the last two "
                    "after `builtin+`, "
                    f"not {self.embedder!r}"
                )
            if not model:
                raise ValueError(f"embedder must name the model: `{kind}:<model>`")
        return self

    @property
    def catalogue_url(self) -> str:
        """Where the catalogue is."""
        return self.database_url or f"sqlite:///{self.home / 'catalogue.db'}"
