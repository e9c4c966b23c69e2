"""Reads what a broker reported of the year's sales, from whichever file it comes in."""

from portfolios.engine.file_kinds import HEAD, FileKind, file_kind
from taxharvest.engine.reported_csv import read_csv_1099b
from taxharvest.engine.reported_flex import read_flex_1099b
from taxharvest.engine.reported_lines import Reported1099B


def read_reported(data: bytes) -> Reported1099B:
    """The reported lines of a CSV export of Form 1099-B or of a Flex statement, and the fate of each row.

    Raises InvalidInput for a kind of file that cannot be read, and StatementError for a file that holds no
    sales or is unsafe; both say what to do.
    """
    if file_kind(data[:HEAD]) is FileKind.FLEX:
        return read_flex_1099b(data)
    return read_csv_1099b(data)
