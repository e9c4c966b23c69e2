"""Operations of the API: the library, and a lesson to read."""

from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common.etags import ConditionalGet
from common.problems import ProblemSerializer
from mlrecs.api.lesson_serializers import LessonQuerySerializer, LessonSerializer, LessonTextSerializer
from mlrecs.selectors.lessons import lesson_open, lesson_shelf

REFUSALS: dict[Any, Any] = {
    (400, "application/problem+json"): OpenApiResponse(ProblemSerializer, description="A bad value."),
    (401, "application/problem+json"): OpenApiResponse(ProblemSerializer, description="Sign in."),
}
MISSING: dict[Any, Any] = {
    (404, "application/problem+json"): OpenApiResponse(
        ProblemSerializer, description="There is no such lesson."
    ),
}


class LessonListView(ConditionalGet):
    """The library."""

    @extend_schema(
        operation_id="lessons",
        tags=["lessons"],
        parameters=[LessonQuerySerializer],
        responses={200: LessonSerializer(many=True), **REFUSALS},
    )
    def get(self, request: Request) -> Response:
        """All published lessons in their order, with how far the person who asks is in each."""
        query = LessonQuerySerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        wanted = query.validated_data.items()
        cards = [
            card
            for card in lesson_shelf(request.user).cards
            if all(getattr(card, name) == value for name, value in wanted)
        ]
        return Response(LessonSerializer(cards, many=True).data)


class LessonView(ConditionalGet):
    """One lesson."""

    @extend_schema(
        operation_id="lesson",
        tags=["lessons"],
        responses={200: LessonTextSerializer, **REFUSALS, **MISSING},
    )
    def get(self, request: Request, slug: str) -> Response:
        """A lesson with its text, the lessons it links to and the next one on the shelf."""
        found = lesson_open(request.user, slug)
        told = asdict(found.card) | {
            "transcript": found.transcript,
            "related": [card.slug for card in found.related],
            "following": found.following.slug if found.following else None,
        }
        return Response(LessonTextSerializer(told).data)
