"""CSV downloads of exactly what a page shows: a first line that says what it is, then plain values."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from django.http import StreamingHttpResponse

from common.csv_files import cell


class _Line:
    """A file that hands each written line back."""

    def write(self, text: str) -> str:
        """The line itself."""
        return text


def csv_response(
    name: str, *, about: Sequence[str], now: datetime, header: Sequence[str], rows: Iterable[Sequence[Any]]
) -> StreamingHttpResponse:
    """A download called `name` with the day; its first line says what it is about and when it was written."""
    writer = csv.writer(_Line(), lineterminator="\r\n")

    def lines() -> Iterator[str]:
        # The mark lets spreadsheets read the file as UTF-8.
        yield "\ufeff"
        yield writer.writerow(
            [cell(part) for part in (*about, f"written {now.isoformat(timespec='seconds')}")]
        )
        yield writer.writerow(header)
        for row in rows:
            yield writer.writerow([cell(value) for value in row])

    response = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}-{now:%Y-%m-%d}.csv"'
    return response
