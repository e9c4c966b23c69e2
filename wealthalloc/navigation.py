"""The places of the product: one list for the rail, the phone's bar, the palette and the jump keys."""

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.safestring import mark_safe

from wealthalloc.shell import shell_of


@dataclass(frozen=True, slots=True)
class Place:
    """A page that the navigation leads to.

    `key` follows `g` on the keyboard. `dock` is the word under the icon in the phone's bar, empty when the
    place is reached by "More" there. `dock_icon` replaces the icon in that bar.
    """

    url_name: str
    label: str
    icon: str
    key: str = ""
    dock: str = ""
    dock_icon: str = ""


Places = tuple[tuple[Place, ...], ...]
# Groups are parted by a line. A place whose app has no page yet is left out.
PLACES: Places = (
    (
        Place("dashboard", "Dashboard", "layout-dashboard", key="d", dock="Home", dock_icon="house"),
        Place("portfolios:portfolio_list", "Portfolios", "wallet", key="p", dock="Portfolio"),
        Place("trading:ticket", "Trade", "arrow-left-right", key="b", dock="Trade"),
        Place("trading:blotter", "Orders", "file-text", key="o"),
        Place("portfolios:transaction_list", "Transactions", "list", key="a", dock="Activity"),
    ),
    (
        Place("portfolios:performance", "Performance", "chart-line", key="f", dock="Returns"),
        Place("portfolios:allocation", "Allocation", "chart-pie", key="l"),
        Place("mlrecs:risk", "Risk", "activity", key="v"),
        Place("taxharvest:rebalances", "Rebalance", "scale", key="r"),
        Place("taxharvest:tax_centre", "Tax", "receipt-text", key="t"),
        Place("taxharvest:harvests", "Harvest", "scissors", key="h"),
        Place("taxharvest:wash_watch", "Wash watch", "ban", key="w"),
        Place("mlrecs:insights", "Insights", "lightbulb", key="e"),
    ),
    (
        Place("mlrecs:anomalies", "Anomalies", "activity", key="y"),
        Place("mlrecs:models", "Models", "monitor", key="m"),
    ),
    (
        Place("portfolios:import_list", "Imports", "file-up", key="i"),
        Place("portfolios:data_check", "Data check", "shield-check", key="c"),
        Place("trading:connection", "Broker", "link", key="k"),
        Place("mlrecs:learn", "Learn", "graduation-cap", key="n"),
        Place("accounts:settings", "Settings", "settings", key="s"),
    ),
)
SETTINGS = "accounts:settings"
WATCH = "taxharvest:wash_watch"


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `navigation` with `groups`, `dock`, `jumps_json`, `settings_url` and `alerts`.

    The current place is the one whose address is the longest beginning of the request's path.
    """
    routes = settings.ROOT_URLCONF
    here = _current(request.path, _addresses(PLACES, routes))
    # Asked for only where a page shows the places.
    alerts = SimpleLazyObject(lambda: shell_of(request).get("alerts", 0))
    shown = _places(PLACES, routes, here, is_exact=here == request.path)
    return {"navigation": shown | {"alerts": alerts}}


@lru_cache(maxsize=256)
def _places(places: Places, _routes: str, here: str, *, is_exact: bool) -> dict[str, Any]:
    """The places as seen from the address `here` or, unless `is_exact`, from a page below it.

    Made once for these places and the module of routes that their addresses come from.
    """
    groups = [[(place, _address(place.url_name)) for place in group] for group in places]
    shown = [[_entry(place, url, here, is_exact=is_exact) for place, url in group if url] for group in groups]
    entries = [entry for group in shown for entry in group]
    jumps = {entry["key"]: entry["url"] for entry in entries if entry["key"]}
    return {
        "here": here,
        "is_exact": is_exact,
        "groups": [group for group in shown if group],
        "dock": [entry for entry in entries if entry["short"]][:4],
        # Addresses come from the routes alone; the two characters that could end the element are escaped.
        "jumps_json": mark_safe(json.dumps(jumps).replace("<", "\\u003c").replace("&", "\\u0026")),  # noqa: S308
        "settings_url": _address(SETTINGS),
    }


@lru_cache(maxsize=8)
def _addresses(places: Places, _routes: str) -> list[str]:
    """The addresses of all places that have a page."""
    urls = [_address(place.url_name) for group in places for place in group]
    return [url for url in urls if url]


def _address(url_name: str) -> str:
    try:
        return reverse(url_name)
    except NoReverseMatch:
        return ""


def _current(path: str, addresses: list[str]) -> str:
    leading = [url for url in addresses if path == url or (url != "/" and path.startswith(url))]
    return max(leading, key=len, default="")


def _entry(place: Place, url: str, here: str, *, is_exact: bool) -> dict[str, Any]:
    return {
        "url": url,
        "label": place.label,
        "icon": place.icon,
        "key": place.key,
        "short": place.dock,
        "dock_icon": place.dock_icon or place.icon,
        "current": url == here,
        "exact": url == here and is_exact,
        "has_alerts": place.url_name == WATCH,
    }
