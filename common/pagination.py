"""Lists of the API, a page at a time, by cursor: stable while rows are added."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError as InvalidValue
from django.db import DataError, models
from rest_framework import exceptions
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.views import APIView

BAD_CURSOR = {"cursor": ["This is not a cursor that this list gave."]}


class BookCursorPagination(CursorPagination):
    """`next`, `previous` and `results`; 50 rows a page, `page_size` asks for up to 200.

    Keys are ordered by time, so the newest rows come first unless a view sets another `ordering` (which
    should end with the key, so that no two rows share a place).
    """

    ordering: str | tuple[str, ...] = "-id"
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200

    def decode_cursor(self, request: Request) -> Any:
        """The cursor of the request. Raises ValidationError when it cannot be read."""
        try:
            return super().decode_cursor(request)
        except exceptions.NotFound:
            raise exceptions.ValidationError(BAD_CURSOR) from None

    def paginate_queryset(
        self, queryset: models.QuerySet[Any] | Sequence[Any], request: Request, view: APIView | None = None
    ) -> list[Any] | None:
        """One page of rows. Raises ValidationError when the cursor holds a place that no row can have."""
        try:
            return super().paginate_queryset(queryset, request, view)
        except (InvalidValue, ValueError, DataError):
            raise exceptions.ValidationError(BAD_CURSOR) from None
