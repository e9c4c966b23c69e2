"""Making frozen records by the hundred thousand: as fast as mutable ones."""

import dataclasses
from collections.abc import Callable
from typing import Any, TypeVar

Record = TypeVar("Record")


def maker_of(record_type: type[Record]) -> Callable[..., Record]:
    """A function that makes a `record_type`, a frozen dataclass with slots, from all its fields in order.

    A frozen dataclass sets each field through `object.__setattr__`, which costs several times as much as the
    rest of making one. Here a mutable twin with the same slots is filled and then becomes the record: the
    interpreter allows it because the layout is the same. `__post_init__` is not called.
    """
    names = [field.name for field in dataclasses.fields(record_type)]  # type: ignore[arg-type]
    twin = dataclasses.make_dataclass(f"{record_type.__name__}Twin", names, slots=True)

    def make(*values: Any) -> Record:
        made: Any = twin(*values)
        made.__class__ = record_type
        return made  # type: ignore[no-any-return]

    return make
