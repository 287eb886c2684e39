"""The contextual bilingual encoder: all-MiniLM-L6-v2 with Chinese words beside its word pieces.

A Chinese word has an embedding in the space of MiniLM's own, first the mean of its translations',
then moved a little by training, so that the transformer reads a Chinese sentence as it reads its
gloss. English is read as MiniLM reads it, but for rounding and Unicode's compatible forms (NFKC).
`build/contextual.py` makes the files, a package of their own (50 MB) that the base is without.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer
from tokenizers.processors import BertProcessing

from ingest.errors import EmbedError
from ingest.models.vocabulary import Vocabulary

PACKAGE = "footnote_contextual"
"""The Python package that holds the files."""

PIECES, TRANSFORMER = "pieces.txt", "transformer.onnx"
ROWS, WORD_ROWS, SCALES = "pieces.npy", "words.npy", "scales.npy"
FILES = (TRANSFORMER, PIECES, ROWS, WORD_ROWS, SCALES)
BUILD = "build.txt"
"""The file that names this build, and the build of the vocabulary whose Chinese words it has."""

_UNKNOWN = "[UNK]"
_CHECKOUT = Path(__file__).parent / "footnote-contextual" / PACKAGE
_MOST_TOKENS = 256
# More than 256 tokens of any language; what comes after is not even looked at.
_MOST_LETTERS = 8_000


class ContextualModel:
    """Reads a text as a whole. Read-only once loaded, safe between threads.

    A text goes through alone: in a batch the 8-bit arithmetic would depend on its neighbours, and
    short ones would pay for long ones.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        tokenizer: Tokenizer,
        rows: tuple[NDArray[np.int8], NDArray[np.int8]],
        scales: NDArray[np.float32],
        session: Any,
        build: str,
    ) -> None:
        """`rows` are of word pieces and of Chinese words, numbered on; row i counts `scales[i]`.

        `session` is onnxruntime's: (1, n, dimensions) embeddings in, (1, dimensions) out. `build`
        names the model: others of its name give the same vectors.
        """
        self.build = build
        self.dimensions = rows[0].shape[1]
        self._vocabulary = vocabulary
        self._tokenizer = tokenizer
        self._unknown = tokenizer.token_to_id(_UNKNOWN)
        self._pieces, self._words = rows
        self._scales = scales
        self._session = session

    @classmethod
    def load(cls, vocabulary: Vocabulary, folder: Path | None = None) -> ContextualModel:
        """The installed model, or the one in `folder`; its rows stay on disk until they are used.

        Raises:
            EmbedError: it is not installed, damaged, or belongs to another vocabulary.
        """
        folder = folder or _installed()
        if folder is None:
            raise EmbedError(
                "embedder builtin-contextual needs its model, a package in Footnote's source: "
                "pip install ./ingest/models/footnote-contextual",
                retryable=False,
            )
        try:
            build, made_for = (folder / BUILD).read_text(encoding="utf-8").split()
            if made_for != vocabulary.build:
                raise EmbedError(
                    f"the contextual model in {folder} was made for another build of the built-in "
                    "model; install the one that belongs to this version of Footnote",
                    retryable=False,
                )
            pieces = (folder / PIECES).read_text(encoding="utf-8").splitlines()
            rows = (
                np.load(folder / ROWS, mmap_mode="r"),
                np.load(folder / WORD_ROWS, mmap_mode="r"),
            )
            scales = np.load(folder / SCALES)
            numbers = (len(rows[0]), len(rows[1]), len(scales))
            if numbers != (len(pieces), len(vocabulary.chinese), len(rows[0]) + len(rows[1])):
                raise ValueError("rows are missing")
            tokenizer = make_tokenizer(pieces, vocabulary.chinese)
            session = _session(folder / TRANSFORMER)
        except (OSError, EOFError, ValueError, KeyError, ImportError) as exc:
            raise EmbedError(
                f"the contextual model in {folder} cannot be read ({exc}); install it again",
                retryable=False,
            ) from exc
        return cls(vocabulary, tokenizer, rows, scales, session, build)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of the first 256 tokens of `texts`, (n, `dimensions`), of length 1.

        A text of which no word is known has zeros.
        """
        out = np.zeros((len(texts), self.dimensions), np.float32)
        if len(texts) == 1:
            out[0] = self._read(texts[0])
        elif texts:
            # onnxruntime lets go of Python's lock. Threads inherit the standing of the one that
            # starts them, so these make way for questions if the caller does.
            with ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="contextual") as threads:
                for i, vector in enumerate(threads.map(self._read, texts)):
                    out[i] = vector
        return out

    def _read(self, text: str) -> NDArray[np.float32]:
        spaced = self._vocabulary.spaced(text[:_MOST_LETTERS])
        ids = np.array(self._tokenizer.encode(spaced).ids, np.int64)
        if np.all(ids[1:-1] == self._unknown):
            return np.zeros(self.dimensions, np.float32)
        is_word = ids >= len(self._pieces)
        embeddings = np.empty((len(ids), self.dimensions), np.float32)
        embeddings[~is_word] = self._pieces[ids[~is_word]]
        embeddings[is_word] = self._words[ids[is_word] - len(self._pieces)]
        embeddings *= self._scales[ids, np.newaxis]
        [vectors] = self._session.run(None, {"embeddings": embeddings[np.newaxis]})
        vector: NDArray[np.float32] = vectors[0]
        return vector / max(float(np.linalg.norm(vector)), 1e-12)


def make_tokenizer(pieces: Sequence[str], words: Sequence[str]) -> Tokenizer:
    """MiniLM's tokenizer with whole Chinese words after its `pieces`; see `Vocabulary.spaced`.

    A Chinese character that is a piece already gives way to the word.
    """
    numbers = {piece: number for number, piece in enumerate(pieces)}
    numbers |= {word: len(pieces) + number for number, word in enumerate(words)}
    tokenizer = Tokenizer(WordPiece(numbers, unk_token=_UNKNOWN))
    tokenizer.normalizer = BertNormalizer(handle_chinese_chars=False)
    tokenizer.pre_tokenizer = BertPreTokenizer()
    ends = [(name, numbers[name]) for name in ("[SEP]", "[CLS]")]
    tokenizer.post_processor = BertProcessing(*ends)
    tokenizer.enable_truncation(_MOST_TOKENS)
    return tokenizer


def is_installed() -> bool:
    """Whether the model's files are there."""
    return _installed() is not None


def seal(folder: Path, made_for: str) -> None:
    """Write the name of the build in `folder`, for a vocabulary whose `build` is `made_for`."""
    digest = hashlib.blake2b(digest_size=6)
    for name in FILES:
        digest.update((folder / name).read_bytes())
    (folder / BUILD).write_text(f"{digest.hexdigest()} {made_for}\n", encoding="utf-8")


def _installed() -> Path | None:
    """Where the files are: beside this one in a source checkout, or in their package."""
    found = importlib.util.find_spec(PACKAGE)
    places = [_CHECKOUT, *map(Path, (found.submodule_search_locations or ()) if found else ())]
    return next((one for one in places if (one / TRANSFORMER).is_file()), None)


def _session(path: Path) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # One text a thread: `encode` spreads the texts.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as exc:  # the library raises classes of its own for a damaged file
        raise ValueError(f"{path.name}: {type(exc).__name__}") from exc
