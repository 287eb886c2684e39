"""The built-in model and another one together: two readers of meaning in one vector.

A vector is the built-in model's and the other's side by side, weighted so that the cosine of two
joined vectors is the weighted sum of both models' cosines. Texts in a language that the other
model turns out not to read have the built-in part alone, at full length; so a model for English
adds to English and takes nothing from Chinese.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ingest.models.static import StaticModel
from ingest.text.language import language_of
from ingest.types import Embedder, Vectors

SHARE = 0.7
"""The other model's part of the cosine. Measured with all-MiniLM-L6-v2 (nDCG@10, built-in alone →
joined): FAQ in other words 0.876 → 0.901, SQuAD 0.928 → 0.931, company mix 0.922 → 0.922."""

PROBES = {
    "en": (
        ("How many days off do employees get?", "Annual leave of the staff"),
        ("The server does not answer.", "A machine that is out of service"),
        ("Who signs purchase orders?", "Approval of things that we buy"),
        ("My password does not work any more.", "Renewing an expired login"),
        ("Where is the canteen?", "The place where people have lunch"),
        ("The invoice has not been paid.", "Money that customers still owe"),
    ),
    "zh": (
        ("员工每年可以休几天假？", "职工带薪年休制度"),
        ("服务器没有响应。", "设备出现故障停机"),
        ("采购订单由谁签字？", "购买物品的审批权限"),
        ("我的密码失效了。", "重新设置过期的登录口令"),
        ("食堂在哪里？", "大家吃午饭的地方"),
        ("发票还没有付款。", "客户尚未结清的欠款"),
    ),
}
"""Pairs that say alike with other words: a model that reads the language tells which belong."""

_LEAST_RIGHT = 5


class JoinedEmbedder:
    """Implements `Embedder` by two others; `other` is its own from then on."""

    def __init__(self, static: StaticModel, other: Embedder, builtin_name: str) -> None:
        self._static = static
        self._other = other
        self._read = frozenset(language for language in PROBES if reads(other, language))
        self.name = f"{builtin_name}+{other.name}"
        self.dimensions = static.dimensions + other.dimensions

    def embed(self, texts: Sequence[str]) -> Vectors:
        """See `Embedder.embed`."""
        read = [i for i, text in enumerate(texts) if self._reads(text)]
        second = np.zeros((len(texts), self._other.dimensions), np.float32)
        if read:
            second[read] = self._other.embed([texts[i] for i in read])
        return self._joined(self._static.encode(texts), second)

    def embed_query(self, text: str) -> Vectors:
        """See `Embedder.embed_query`."""
        second = np.zeros((1, self._other.dimensions), np.float32)
        if self._reads(text):
            second[0] = self._other.embed_query(text)
        vector: Vectors = self._joined(self._static.encode([text]), second)[0]
        return vector

    def reads_closely(self, text: str) -> bool:
        """See `Embedder.reads_closely`; as far as the other model has shown that it does."""
        return language_of(text) in self._read

    def close(self) -> None:
        """See `Embedder.close`."""
        self._other.close()

    def _reads(self, text: str) -> bool:
        language = language_of(text)
        return language in self._read or language not in PROBES

    def _joined(self, first: Vectors, second: Vectors) -> Vectors:
        both = np.hstack([np.sqrt(1 - SHARE) * first, np.sqrt(SHARE) * second])
        lengths = np.linalg.norm(both, axis=1, keepdims=True)
        joined: Vectors = (both / np.maximum(lengths, 1e-12)).astype(np.float32)
        return joined


def reads(model: Embedder, language: str) -> bool:
    """Whether a model understands a language: it pairs the probes of `PROBES` rightly."""
    questions, texts = zip(*PROBES[language], strict=True)
    likeness = np.stack([model.embed_query(one) for one in questions]) @ model.embed(texts).T
    # What is alike with everything (texts of unknown words) is taken off first.
    likeness = likeness - likeness.mean(axis=0, keepdims=True)
    right = int((likeness.argmax(axis=1) == np.arange(len(texts))).sum())
    return right >= _LEAST_RIGHT
