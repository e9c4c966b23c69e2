"""What the API says of news and its tone."""

from typing import Any

from rest_framework import serializers

from mlrecs.engine.tone import ToneLabel

AnySerializer = serializers.Serializer[Any]


class NewsQuerySerializer(AnySerializer):
    """Which news is asked for: about one held symbol, or about everything that the household holds."""

    household = serializers.UUIDField(required=False)
    symbol = serializers.CharField(required=False, max_length=60)


class NewsSerializer(AnySerializer):
    """A piece of news of the last twelve weeks.

    `tone` goes from -1 to 1 and is weak evidence; `reader` names what read it. `symbols` are those held.
    """

    id = serializers.UUIDField()
    published_at = serializers.DateTimeField()
    headline = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment] # DRF has an attribute of that name
    link = serializers.CharField(allow_blank=True)
    symbols = serializers.ListField(child=serializers.CharField())
    tone = serializers.CharField(allow_blank=True)
    label = serializers.ChoiceField(  # type: ignore[assignment] # DRF has an attribute of that name
        choices=[label.value for label in ToneLabel], allow_blank=True
    )
    reader = serializers.CharField(allow_blank=True)
