"""Hidden states of texts out of llama.cpp: no token is ever sampled, no text written.

A causal model reads its few-shot prefix once; each text continues a copy of that state on a sequence of its own, up to
SEQUENCES at a time in one batch, and the state of its last token is the answer. An encoder reads whole texts, and the
mean over the states of their tokens is the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from chalicelib.adapters.llama.binding import llama_cpp_binding
from chalicelib.adapters.llama.files import sha256_of
from chalicelib.errors import BadInput, Unavailable

SEQUENCES = 16
"""Texts that are read in one batch."""
FIRST_SEQUENCE = 1
"""Of a batch's texts; the prefix stays on sequence 0."""
BATCH_TOKENS = 512
"""Most tokens of one batch, and of a causal model's prefix."""
WORK_TOKENS = 128
"""Of those, how many a causal model works on at a time."""
TEXT_TOKENS = 160
"""Most tokens of one text, its suffix apart: 200 characters of English are about 45."""

States = npt.NDArray[np.float32]
"""One row per text."""


class Reading(NamedTuple):
    """How a model reads a text: `last` takes the state of the last token after prefix, text and suffix; `mean` the mean
    over the tokens of the text alone, brought to a root mean square of 1."""

    pooling: str
    prefix: str = ""
    suffix: str = ""


class LlamaEngine:
    """A GGUF file in memory with one context. One caller at a time; others wait for it.

    `accept` is called with the file's sha256 and raises to refuse it, before llama.cpp, which a damaged file may crash,
    sees it. Raises BadInput for a file that is no model, Unavailable where llama.cpp is not installed (`make llama`).
    """

    def __init__(
        self, path: Path, reading: Reading, threads: int = 1, accept: Callable[[str], None] = lambda sha256: None
    ) -> None:
        self.sha256 = sha256_of(path)
        try:
            accept(self.sha256)
        except BadInput as error:
            raise BadInput(f"{path}: {error}") from error
        self._llama = llama = llama_cpp_binding()
        self._lock = Lock()
        self._causal = reading.pooling == "last"
        self._model = llama.llama_model_load_from_file(str(path).encode(), llama.llama_model_default_params())
        if not self._model:
            raise BadInput(f"{path}: llama.cpp cannot read it as a model")
        self._vocabulary = llama.llama_model_get_vocab(self._model)
        self._width = int(llama.llama_model_n_embd(self._model))
        prefix, self._suffix = self._prompt(reading) if self._causal else ([], [])
        self._start = len(prefix)
        self._context = llama.llama_init_from_model(self._model, self._parameters(threads))
        if not self._context:
            raise Unavailable(f"{path.name}: llama.cpp has no memory for a context")
        self._batch = llama.llama_batch_init(BATCH_TOKENS, 0, 1)
        if self._causal:
            self._remember(prefix)

    @property
    def width(self) -> int:
        """Numbers in a state."""
        return self._width

    def states(self, texts: Sequence[str]) -> States:
        """The state of each text, in order. Raises Unavailable when llama.cpp fails; nothing in a text makes it fail.

        What else is in a text's batch changes the order of some sums, and so a score by hundredths. A text that
        comes twice is read once.
        """
        distinct = list(dict.fromkeys(texts))
        with self._lock:
            read = [row for chunk in self._chunks(distinct) for row in self._read(chunk)]
        by_text = dict(zip(distinct, read, strict=True))
        return np.array([by_text[text] for text in texts], dtype=np.float32).reshape(len(texts), self._width)

    def _prompt(self, reading: Reading) -> tuple[list[int], list[int]]:
        """Tokens before and after a text. Raises BadInput where they do not fit into a batch or none stand before."""
        # The space before a text belongs to its first word's token, so the prefix ends before it.
        prefix = self._tokens(reading.prefix.rstrip(" "), special=False)
        suffix = self._tokens(reading.suffix, special=False)
        if not 0 < len(prefix) <= BATCH_TOKENS:
            raise BadInput(f"a prefix of {len(prefix)} tokens: must be 1 to {BATCH_TOKENS}")
        if len(suffix) > BATCH_TOKENS - TEXT_TOKENS:
            raise BadInput(f"a suffix of {len(suffix)} tokens: must be at most {BATCH_TOKENS - TEXT_TOKENS}")
        return prefix, suffix

    def _chunks(self, texts: Sequence[str]) -> list[list[list[int]]]:
        chunks: list[list[list[int]]] = []
        room = 0
        for text in texts:
            tokens = self._text_tokens(text)
            if not chunks or len(chunks[-1]) == SEQUENCES or len(tokens) > room:
                chunks.append([])
                room = BATCH_TOKENS
            chunks[-1].append(tokens)
            room -= len(tokens)
        return chunks

    def _text_tokens(self, text: str) -> list[int]:
        if self._causal:
            return self._tokens(f" {text}", special=False)[:TEXT_TOKENS] + self._suffix
        tokens = self._tokens(text, special=True)
        return tokens if len(tokens) <= TEXT_TOKENS else [*tokens[: TEXT_TOKENS - 1], tokens[-1]]

    def _read(self, chunk: list[list[int]]) -> States:
        llama = self._llama
        ends: list[tuple[int, int]] = []
        self._batch.n_tokens = 0
        for sequence, tokens in enumerate(chunk, start=FIRST_SEQUENCE):
            begin = self._batch.n_tokens
            for offset, token in enumerate(tokens):
                self._add(token, self._start + offset, sequence, not self._causal or offset == len(tokens) - 1)
            ends.append((begin, self._batch.n_tokens))
        status = (llama.llama_decode if self._causal else llama.llama_encode)(self._context, self._batch)
        try:
            if status != 0:
                raise Unavailable(f"llama.cpp could not read a batch of {len(chunk)} texts (status {status})")
            return np.stack([self._state(begin, end) for begin, end in ends])
        finally:
            self._forget(len(chunk))

    def _state(self, begin: int, end: int) -> States:
        if self._causal:
            return self._row(end - 1)
        mean = np.mean([self._row(index) for index in range(begin, end)], axis=0, dtype=np.float64)
        return np.asarray(mean / np.sqrt(np.mean(mean * mean)), dtype=np.float32)

    def _row(self, index: int) -> States:
        pointer = self._llama.llama_get_embeddings_ith(self._context, index)
        if not pointer:
            raise Unavailable(f"llama.cpp gave no state for token {index}")
        return np.ctypeslib.as_array(pointer, (self._width,)).copy()

    def _remember(self, prefix: list[int]) -> None:
        """Read the prefix once, on sequence 0, and give every other sequence its state."""
        self._batch.n_tokens = 0
        for position, token in enumerate(prefix):
            self._add(token, position, 0, position == len(prefix) - 1)
        if self._llama.llama_decode(self._context, self._batch) != 0:
            raise Unavailable("llama.cpp could not read the prompt")
        memory = self._llama.llama_get_memory(self._context)
        for sequence in range(FIRST_SEQUENCE, FIRST_SEQUENCE + SEQUENCES):
            self._llama.llama_memory_seq_cp(memory, 0, sequence, -1, -1)

    def _forget(self, texts: int) -> None:
        """Drop what the texts left in memory; the prefix stays. An encoder keeps nothing."""
        if not self._causal:
            return
        memory = self._llama.llama_get_memory(self._context)
        for sequence in range(FIRST_SEQUENCE, FIRST_SEQUENCE + texts):
            self._llama.llama_memory_seq_rm(memory, sequence, self._start, -1)

    def _add(self, token: int, position: int, sequence: int, wanted: bool) -> None:
        batch, index = self._batch, self._batch.n_tokens
        batch.token[index], batch.pos[index] = token, position
        batch.n_seq_id[index], batch.seq_id[index][0] = 1, sequence
        batch.logits[index] = wanted
        batch.n_tokens = index + 1

    def _tokens(self, text: str, special: bool) -> list[int]:
        """`special` adds the model's own marks at both ends; those within the text are never parsed as such."""
        raw = text.encode("utf-8", errors="replace")
        room = (self._llama.llama_token * (len(raw) + 8))()
        count = self._llama.llama_tokenize(self._vocabulary, raw, len(raw), room, len(room), special, False)
        return list(room[: max(count, 0)])

    def _parameters(self, threads: int) -> object:
        llama = self._llama
        parameters = llama.llama_context_default_params()
        parameters.n_ctx = self._start + BATCH_TOKENS + 64
        parameters.n_batch = BATCH_TOKENS
        # Memory for work grows with this, 25 MB for 128 tokens; an encoder must see a batch at once.
        parameters.n_ubatch = WORK_TOKENS if self._causal else BATCH_TOKENS
        parameters.n_seq_max = FIRST_SEQUENCE + SEQUENCES
        parameters.kv_unified = True
        parameters.embeddings = True
        parameters.pooling_type = llama.LLAMA_POOLING_TYPE_NONE
        parameters.n_threads = parameters.n_threads_batch = threads
        return parameters
