"""Addresses of the operations of people and households, below /api/v1/."""

from django.urls import path

from accounts.api import views

urlpatterns = [
    path("auth/token", views.TokenView.as_view(), name="auth_token"),
    path("auth/token/refresh", views.TokenRefreshView.as_view(), name="auth_token_refresh"),
    path("auth/token/revoke", views.TokenRevokeView.as_view(), name="auth_token_revoke"),
    path("households", views.HouseholdListView.as_view(), name="households"),
    path("grants", views.GrantListView.as_view(), name="grants"),
]
