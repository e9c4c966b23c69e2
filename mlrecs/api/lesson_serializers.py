"""What the API says of lessons, and of how far the person who asks is in them."""

from typing import Any

from rest_framework import serializers

from mlrecs.engine.lesson_text import LEVELS

AnySerializer = serializers.Serializer[Any]


class LessonQuerySerializer(AnySerializer):
    """Which lessons are asked for."""

    topic = serializers.CharField(required=False, max_length=40)
    level = serializers.ChoiceField(required=False, choices=LEVELS)


class LessonSerializer(AnySerializer):
    """A lesson on the shelf; `percent` is how far the person is, `minutes` how long reading it takes."""

    slug = serializers.SlugField()
    title = serializers.CharField()
    topic = serializers.CharField()
    level = serializers.ChoiceField(choices=LEVELS)
    minutes = serializers.IntegerField()
    summary = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment] # DRF has an attribute of that name
    video = serializers.CharField(allow_blank=True)
    percent = serializers.IntegerField()
    finished_at = serializers.DateTimeField(allow_null=True)


class LessonTextSerializer(LessonSerializer):
    """A lesson with its text in Markdown; links in it name other lessons as `lesson:slug`."""

    transcript = serializers.CharField()
    related = serializers.ListField(child=serializers.SlugField())
    following = serializers.SlugField(allow_null=True)
