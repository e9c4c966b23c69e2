"""The sockets of the product: which consumer answers which path below /ws/."""

from django.urls import URLPattern

websocket_urlpatterns: list[URLPattern] = []
