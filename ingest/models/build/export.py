"""Writing the contextual encoder: transformer (ONNX) and embeddings, all in 8 bits."""

from __future__ import annotations

import importlib
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.models.build.vectors import Floats
from ingest.models.contextual import PIECES, ROWS, SCALES, TRANSFORMER, WORD_ROWS

_STEPS = 127
_OPSET = 17


def write_rows(folder: Path, pieces: Sequence[str], embeddings: Floats) -> None:
    """Write `embeddings` in 8 bits: of `pieces`, then of Chinese words, in files of their own.

    Word rows derive from CC BY-SA works, the pieces' from MiniLM alone (Apache-2.0).
    """
    folder.mkdir(parents=True, exist_ok=True)
    scales = np.maximum(np.abs(embeddings).max(axis=1), 1e-9) / _STEPS
    rows: NDArray[np.int8] = np.round(embeddings / scales[:, np.newaxis]).astype(np.int8)
    np.save(folder / ROWS, rows[: len(pieces)])
    np.save(folder / WORD_ROWS, rows[len(pieces) :])
    np.save(folder / SCALES, scales.astype(np.float32))
    (folder / PIECES).write_text("\n".join(pieces) + "\n", encoding="utf-8")


def write_transformer(folder: Path, model: Any) -> None:
    """Write a transformers BERT as `embeddings` (1, n, d) → `vector` (1, d), the tokens' mean.

    Weights of matrices are rounded to 7 bits in a byte, a scale each column, activations to 8 at
    run time: with 8 bits of both, the sums of processors without VNNI overflow.
    """
    torch = importlib.import_module("torch")
    quantization = importlib.import_module("onnxruntime.quantization")

    class Mean(torch.nn.Module):  # type: ignore[misc, name-defined]  # torch is untyped
        def __init__(self) -> None:
            super().__init__()
            self.model = model.eval()

        def forward(self, embeddings: Any) -> Any:
            return self.model(inputs_embeds=embeddings).last_hidden_state.mean(dim=1)

    example = torch.zeros(1, 16, model.config.hidden_size)
    with tempfile.TemporaryDirectory() as scratch:
        whole, rounded = Path(scratch) / "whole.onnx", Path(scratch) / "rounded.onnx"
        torch.onnx.export(
            Mean(),
            (example,),
            str(whole),
            input_names=["embeddings"],
            output_names=["vector"],
            dynamic_axes={"embeddings": {1: "tokens"}},
            opset_version=_OPSET,
            dynamo=False,
        )
        quantization.quantize_dynamic(
            whole,
            rounded,
            op_types_to_quantize=["MatMul"],
            per_channel=True,
            reduce_range=True,
            weight_type=quantization.QuantType.QInt8,
        )
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(rounded, folder / TRANSFORMER)
