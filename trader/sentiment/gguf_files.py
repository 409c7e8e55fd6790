"""The two default models as GGUF files, from the weights that their packages carry.

Everything here is arithmetic on single numbers, in a fixed order, so that the same source gives the same bytes
anywhere: a head is bound to its model's sha256.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from gguf import GGUFWriter

SMOLLM2_BLOCKS = 22
"""Of 30. Their state separates tones better than the last one's, on both domains, and costs a quarter less."""
_MOSTLY_Q8_0 = 7  # general.file_type

_BERT_NAMES = {
    "attention.self.query": "attn_q",
    "attention.self.key": "attn_k",
    "attention.self.value": "attn_v",
    "attention.output.dense": "attn_output",
    "attention.output.LayerNorm": "attn_output_norm",
    "intermediate.dense": "ffn_up",
    "output.dense": "ffn_down",
    "output.LayerNorm": "layer_output_norm",
}
_BERT_EMBEDDINGS = {
    "embeddings.word_embeddings.weight": "token_embd.weight",
    "embeddings.position_embeddings.weight": "position_embd.weight",
    "embeddings.token_type_embeddings.weight": "token_types.weight",
    "embeddings.LayerNorm.weight": "token_embd_norm.weight",
    "embeddings.LayerNorm.bias": "token_embd_norm.bias",
}
_BERT_MARKS = {"bos": "[CLS]", "eos": "[SEP]", "sep": "[SEP]", "unk": "[UNK]", "pad": "[PAD]", "mask": "[MASK]"}


def write_smollm2(source: Path, target: Path, blocks: int = SMOLLM2_BLOCKS) -> None:
    """The first `blocks` blocks of a llama-type GGUF, every matrix as Q8_0.

    Q4_1 is slower on a CPU, so its 4 bits are written out as 8: the weights stay those of the source to 0.4 %.
    """
    from gguf import GGUFReader, GGUFValueType, GGUFWriter
    from gguf.quants import dequantize

    reader = GGUFReader(source)
    writer = GGUFWriter(target, "llama")
    changed = {"llama.block_count": blocks, "general.file_type": _MOSTLY_Q8_0}
    for name, field in reader.fields.items():
        if name.startswith("GGUF.") or name == "general.architecture":
            continue
        kind = field.types[0]
        inner = field.types[-1] if kind == GGUFValueType.ARRAY else None
        writer.add_key_value(name, changed.get(name, field.contents()), kind, inner)
    for tensor in reader.tensors:
        if not _is_beyond(tensor.name, blocks):
            _add(writer, tensor.name, dequantize(tensor.data, tensor.tensor_type))
    _finish(writer)


def write_minilm(folder: Path, target: Path) -> None:
    """A BERT encoder from a folder with config.json, vocab.txt and model.safetensors, every large matrix as Q8_0."""
    from gguf import GGUFWriter, PoolingType

    shape = json.loads((folder / "config.json").read_text("utf-8"))
    vocabulary = (folder / "vocab.txt").read_text("utf-8").splitlines()
    writer = GGUFWriter(target, "bert")
    writer.add_name("all-MiniLM-L6-v2")
    writer.add_block_count(shape["num_hidden_layers"])
    writer.add_context_length(shape["max_position_embeddings"])
    writer.add_embedding_length(shape["hidden_size"])
    writer.add_feed_forward_length(shape["intermediate_size"])
    writer.add_head_count(shape["num_attention_heads"])
    writer.add_layer_norm_eps(shape["layer_norm_eps"])
    writer.add_causal_attention(False)
    writer.add_pooling_type(PoolingType.MEAN)
    writer.add_file_type(_MOSTLY_Q8_0)
    _add_words(writer, vocabulary)
    names = _bert_tensors(shape["num_hidden_layers"])
    for name, values in safetensors(folder / "model.safetensors"):
        if name in names:
            small = name.startswith(("embeddings.position", "embeddings.token_type"))
            _add(writer, names[name], values, as_float=small)
    _finish(writer)


def safetensors(path: Path) -> Iterator[tuple[str, npt.NDArray[np.float32]]]:
    """The 32-bit float tensors of the file, by name: a JSON header after its 8-byte length, then the numbers."""
    raw = path.read_bytes()
    start = 8 + int.from_bytes(raw[:8], "little")
    header: dict[str, dict[str, Any]] = json.loads(raw[8:start])
    for name in sorted(header):
        if header[name].get("dtype") == "F32":
            begin, end = header[name]["data_offsets"]
            yield name, np.frombuffer(raw[start + begin : start + end], np.float32).reshape(header[name]["shape"])


def _add_words(writer: GGUFWriter, vocabulary: list[str]) -> None:
    """WordPiece as llama.cpp wants it: a word's beginning is marked instead of its continuation."""
    from gguf import TokenType

    marks = set(_BERT_MARKS.values())
    writer.add_tokenizer_model("bert")
    writer.add_tokenizer_pre("default")
    writer.add_token_type_count(2)
    writer.add_token_list([_marked(word) for word in vocabulary])
    writer.add_token_types([TokenType.CONTROL if word in marks else TokenType.NORMAL for word in vocabulary])
    for role, word in _BERT_MARKS.items():
        getattr(writer, f"add_{role}_token_id")(vocabulary.index(word))


def _marked(word: str) -> str:
    if word.startswith("[") and word.endswith("]"):
        return word
    return word[2:] if word.startswith("##") else f"\u2581{word}"


def _bert_tensors(blocks: int) -> dict[str, str]:
    """llama.cpp's name of a tensor by its own."""
    names = dict(_BERT_EMBEDDINGS)
    for block in range(blocks):
        for ours, theirs in _BERT_NAMES.items():
            for part in ("weight", "bias"):
                names[f"encoder.layer.{block}.{ours}.{part}"] = f"blk.{block}.{theirs}.{part}"
    return names


def _is_beyond(name: str, blocks: int) -> bool:
    parts = name.split(".")
    return parts[0] == "blk" and int(parts[1]) >= blocks


def _add(writer: GGUFWriter, name: str, values: npt.NDArray[Any], as_float: bool = False) -> None:
    from gguf import GGMLQuantizationType
    from gguf.quants import quantize

    if values.ndim == 1 or as_float:
        writer.add_tensor(name, values.astype(np.float32))
    else:
        kind = GGMLQuantizationType.Q8_0
        writer.add_tensor(name, quantize(values, kind), raw_dtype=kind)


def _finish(writer: GGUFWriter) -> None:
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
