"""Addresses of the pages of trading."""

from django.urls import URLPattern, URLResolver, path

from trading.views import basket, broker, orders, ticket, ticket_choose

app_name = "trading"

urlpatterns: list[URLPattern | URLResolver] = [
    path("trade/", ticket.ticket, name="ticket"),
    path("trade/search/", ticket_choose.ticket_search, name="ticket_search"),
    path("trade/search/broker/", ticket_choose.ticket_broker_search, name="ticket_broker_search"),
    path("trade/adopt/", ticket_choose.ticket_adopt, name="ticket_adopt"),
    path("trade/quote/<uuid:instrument_id>/", ticket.ticket_quote, name="ticket_quote"),
    path("trade/preview/", ticket.ticket_preview, name="ticket_preview"),
    path("trade/send/", ticket.ticket_send, name="ticket_send"),
    path("trade/basket/", basket.basket, name="basket"),
    path("trade/basket/preview/", basket.basket_preview, name="basket_preview"),
    path("trade/basket/send/", basket.basket_send, name="basket_send"),
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
