"""Addresses of the pages of trading."""

from django.urls import URLPattern, URLResolver, path

from trading.views import broker, orders, ticket

app_name = "trading"

urlpatterns: list[URLPattern | URLResolver] = [
    path("trade/", ticket.ticket, name="ticket"),
    path("trade/search/", ticket.ticket_search, name="ticket_search"),
    path("trade/quote/<uuid:instrument_id>/", ticket.ticket_quote, name="ticket_quote"),
    path("trade/preview/", ticket.ticket_preview, name="ticket_preview"),
    path("trade/send/", ticket.ticket_send, name="ticket_send"),
    path("orders/", orders.blotter, name="blotter"),
    path("orders.csv", orders.orders_export, name="orders_export"),
    path("orders/<uuid:order_id>/", orders.order_detail, name="order_detail"),
    path("orders/<uuid:order_id>/cancel/", orders.order_cancel_view, name="order_cancel"),
    path("orders/<uuid:order_id>/change/", orders.order_change_view, name="order_change"),
    path("broker/", broker.connection, name="connection"),
    path("broker/differences/", broker.differences, name="differences"),
    path(
        "broker/differences/<uuid:difference_id>/settle/",
        broker.difference_settle_view,
        name="difference_settle",
    ),
    path("broker/accounts/<uuid:portfolio_id>/stop/", broker.account_stop, name="account_stop"),
]
