"""Operations of the API: the news about what a household holds."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from common.errors import NotFound
from common.pagination import BookCursorPagination
from mlrecs.api.lesson_views import MISSING, REFUSALS
from mlrecs.api.news_serializers import NewsQuerySerializer, NewsSerializer
from mlrecs.models import NewsItem
from mlrecs.selectors.sentiment import held_symbols, news_line, news_of
from portfolios.selectors.scopes import scope_of


class NewestFirst(BookCursorPagination):
    """By the time of publication."""

    ordering = ("-published_at", "-id")


class NewsListView(GenericAPIView[NewsItem]):
    """News about what is held."""

    pagination_class = NewestFirst
    serializer_class = NewsSerializer
    queryset = NewsItem.objects.none()
    filter_backends = ()

    @extend_schema(
        operation_id="news",
        tags=["news"],
        parameters=[NewsQuerySerializer],
        responses={200: NewsSerializer(many=True), **REFUSALS, **MISSING},
    )
    def get(self, request: Request) -> Response:
        """The news of the last twelve weeks about holdings, with its tone; the newest first."""
        query = NewsQuerySerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        scope = scope_of(request.user, household_id=asked.get("household"))
        if scope is None:
            raise NotFound("You belong to no household and none was shared with you.", code="not-found")
        rows = news_of(scope, timezone.localdate(), symbol=asked.get("symbol", ""))
        held = held_symbols(scope)
        page = self.paginate_queryset(rows) or []
        lines = [news_line(row, held) for row in page]
        return self.get_paginated_response(NewsSerializer(lines, many=True).data)
