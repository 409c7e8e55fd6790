"""What the kernel asks of a column of values: lists, tuples and numpy arrays alike have it."""

from collections.abc import Iterator
from typing import Protocol, TypeVar

Value_co = TypeVar("Value_co", covariant=True)


class Series(Protocol[Value_co]):
    """A sequence of known length that is read by position."""

    def __getitem__(self, index: int, /) -> Value_co: ...

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[Value_co]: ...
