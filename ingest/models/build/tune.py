"""Training of the Chinese embeddings: a sentence should mean what its English translation means.

After Reimers & Gurevych 2020 ("Making Monolingual Sentence Embeddings Multilingual using Knowledge
Distillation"), but the transformer stays as it is, so English keeps its vectors, and only the
embeddings of Chinese words move. Steps are plain gradient descent: Adam moves a word that occurs
once as far as one that occurs a thousand times, and what rare words lose that way costs more than
it gains.
"""

from __future__ import annotations

import importlib
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ingest.models.build.vectors import Floats

_BATCH, _SORTED_BATCHES = 48, 40
_WARM_UP = 50
_REMEMBERED = 0.99
_LIKENESS, _CONTRAST, _SHARPNESS = 3.0, 0.25, 20.0


@dataclass(frozen=True, slots=True)
class Lesson:
    """A sentence as token numbers in both languages; Chinese words come after English pieces."""

    english: list[int]
    chinese: list[int]


class Encoder:
    """MiniLM's transformer over embeddings that are given."""

    def __init__(self, model: Any) -> None:
        """`model` is a transformers BERT whose weights stay as they are."""
        self._torch: Any = importlib.import_module("torch")
        self._model = model.eval()
        for weights in model.parameters():
            weights.requires_grad_(False)

    def vectors(self, texts: Sequence[Sequence[int]], rows: Any, place: Any) -> Any:
        """Unit vectors (n, d) of texts; token t is `rows[place[t]]`, and gradients reach `rows`."""
        torch = self._torch
        longest = max(map(len, texts))
        ids = torch.zeros(len(texts), longest, dtype=torch.long)
        mask = torch.zeros(len(texts), longest)
        for row, text in enumerate(texts):
            ids[row, : len(text)] = torch.tensor(text)
            mask[row, : len(text)] = 1
        hidden = self._model(inputs_embeds=rows[place[ids]], attention_mask=mask).last_hidden_state
        kept = (hidden * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
        return torch.nn.functional.normalize(kept, dim=-1)


def tune(
    encoder: Encoder,
    embeddings: Floats,
    first_word: int,
    lessons: Sequence[Lesson],
    steps: int,
    rate: float,
    seed: int = 0,
) -> Floats:
    """`embeddings` with the rows from `first_word` on moved by `steps` batches of `lessons`.

    A row whose gradient is as long as a row's is on the average moves by `rate`, in the units of
    `embeddings`; less in the first 50 batches, and then ever less, evenly, down to nothing.

    Raises:
        ValueError: there are no lessons.
    """
    if not lessons:
        raise ValueError("nothing to learn from: no pair of sentences")
    torch = importlib.import_module("torch")
    table = torch.from_numpy(embeddings.copy())
    everywhere = torch.arange(len(table))
    usual = 0.0
    for step, batch in enumerate(_batches(lessons, steps, random.Random(seed))):
        with torch.no_grad():
            wanted = encoder.vectors([one.english for one in batch], table, everywhere)
        # Only the rows that the batch holds are differentiated.
        chinese = [one.chinese for one in batch]
        # 0 fills up the shorter texts of a batch.
        used = torch.tensor(sorted({0, *(token for text in chinese for token in text)}))
        rows = table[used].clone().requires_grad_(True)
        place = torch.zeros(len(table), dtype=torch.long)
        place[used] = torch.arange(len(used))
        found = encoder.vectors(chinese, rows, place)
        alike = found @ wanted.T * _SHARPNESS
        own = torch.arange(len(batch))
        contrast = torch.nn.functional.cross_entropy
        loss = _LIKENESS * (1 - (found * wanted).sum(1)).mean()
        loss = loss + _CONTRAST * (contrast(alike, own) + contrast(alike.T, own))
        loss.backward()
        is_word = used >= first_word
        if not is_word.any():
            continue
        gradient = rows.grad[is_word]
        length = float(gradient.norm(dim=1).mean())
        usual = length if not usual else _REMEMBERED * usual + (1 - _REMEMBERED) * length
        now = rate * min(1.0, (step + 1) / _WARM_UP) * (1 - step / steps)
        table[used[is_word]] -= now / max(usual, 1e-12) * gradient
        if step % 250 == 0:
            print(f"step {step} of {steps}: loss {loss.item():.3f}", flush=True)
    tuned: Floats = table.numpy().astype(np.float32)
    return tuned


def _batches(
    lessons: Sequence[Lesson], steps: int, shuffle: random.Random
) -> Iterator[list[Lesson]]:
    """`steps` batches of texts of like length, in an order of chance; begins anew at the end."""
    made = 0
    span = _BATCH * _SORTED_BATCHES
    while True:
        order = list(lessons)
        shuffle.shuffle(order)
        for start in range(0, len(order), span):
            alike = sorted(order[start : start + span], key=lambda one: len(one.chinese))
            batches = [alike[i : i + _BATCH] for i in range(0, len(alike), _BATCH)]
            shuffle.shuffle(batches)
            for batch in batches:
                if made == steps:
                    return
                made += 1
                yield batch
