"""Writing CSV for spreadsheets: streamed, and with no cell that a spreadsheet would take for a formula."""

import re
from typing import Any

_FORMULA = re.compile(r"^[=+\-@\t\r]")
_NUMBER = re.compile(r"^[+-]?[0-9]*\.?[0-9]+$")


class Echo:
    """A file that hands back what is written to it, so that a writer can feed a stream."""

    def write(self, value: str) -> str:
        """What the writer made of a row."""
        return value


def plain_cell(value: Any) -> Any:
    """`value`, with an apostrophe before text that a spreadsheet would run as a formula."""
    if isinstance(value, str) and _FORMULA.match(value) and not _NUMBER.match(value):
        return f"'{value}"
    return value
