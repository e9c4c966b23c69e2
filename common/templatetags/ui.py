"""Template tags for the parts of a page; each renders one file of templates/components/."""

import functools
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import template
from django.template.context import Context
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from common import shapes

register = template.Library()

LOT_BAR = 150.0
ALLOCATION_BAR = 100.0
DIVERGING_BAR = 120.0
SPARKLINE = (96.0, 24.0)
PROGRESS_BAR = 100.0

# state of a price -> (kind of badge, whether a dot stands before the word)
PRICE_STATES = {
    "live": ("ok", True),
    "close": ("plain", False),
    "delayed": ("warn", False),
    "stale": ("warn", False),
    "synthetic": ("outline", False),
    "manual": ("outline", False),
    "missing": ("warn", False),
}
# verdict -> (kind of badge, icon); the words beside them carry the meaning
VERDICTS = {
    "clear": ("ok", "circle-check"),
    "green": ("ok", "circle-check"),
    "deferred": ("warn", "triangle-alert"),
    "amber": ("warn", "triangle-alert"),
    "lost": ("error", "ban"),
    "red": ("error", "ban"),
    "unclear": ("warn", "circle-help"),
    "replacement": ("accent", "info"),
}
INTERVALS = (
    ("1d", "1D", "one day"),
    ("1w", "1W", "one week"),
    ("1m", "1M", "one month"),
    ("3m", "3M", "three months"),
    ("ytd", "YTD", "this year to date"),
    ("1y", "1Y", "one year"),
    ("all", "All", "since the first entry"),
)
TOAST_ICONS = {"success": "circle-check", "warning": "triangle-alert", "error": "circle-x"}


@register.simple_tag
def icon(name: str, size: str = "", label: str = "") -> SafeString:
    """An icon of the sprite (listed in static/build/icons.json); decorative unless it is given a `label`."""
    return _drawn(name, size, label)


# A page shows some fifty icons of a few kinds, and each would ask for the address of the sprite again.
@functools.lru_cache(maxsize=512)
def _drawn(name: str, size: str, label: str) -> SafeString:
    name_class = f"icon icon-{size}" if size else "icon"
    href = f"{static('img/icons.svg')}#{name}"
    if label:
        return format_html(
            '<svg class="{}" role="img" aria-label="{}"><use href="{}"/></svg>', name_class, label, href
        )
    return format_html('<svg class="{}" aria-hidden="true"><use href="{}"/></svg>', name_class, href)


@register.simple_block_tag
def stat(content: str, label: str, note: str = "", why: str = "") -> str:
    """A key figure in a `.stats` strip: label, the figure between the tags, one note, its arithmetic."""
    return render_to_string(
        "components/stat.html", {"value": _inner(content), "label": label, "note": note, "why": why}
    )


@register.simple_block_tag
def note(content: str, kind: str = "") -> str:
    """A remark with an edge at its left; `kind` is empty, `warn`, `error` or `ok`."""
    return render_to_string("components/note.html", {"content": _inner(content), "kind": kind})


@register.simple_block_tag
def dialog(content: str, id: str, title: str) -> str:  # noqa: A002 - the tag's argument is the element's id
    """A native dialog, opened by any button with `data-open="#id"`; actions stand in `.dialog-actions`."""
    return render_to_string("components/dialog.html", {"content": _inner(content), "id": id, "title": title})


@register.simple_block_tag
def pane(content: str, title: str, back: str = "") -> str:
    """A pane from the right with its own address; `back` is the address that closing it returns to."""
    return render_to_string(
        "components/pane.html", {"content": _inner(content), "title": title, "back": back}
    )


@register.inclusion_tag("components/badge.html")
def badge(text: str, kind: str = "plain", *, icon: str = "", dot: bool = False) -> dict[str, Any]:
    """One to three words; `kind` is plain, ok, warn, error, accent or outline."""
    return {"text": text, "kind": kind, "icon": icon, "dot": dot}


@register.inclusion_tag("components/badge.html")
def verdict(name: str, text: str) -> dict[str, Any]:
    """A verdict with its fixed icon: clear, deferred, amber, lost, red, unclear, replacement."""
    kind, icon_name = VERDICTS[name]
    return {"text": text, "kind": kind, "icon": icon_name, "dot": False}


@register.inclusion_tag("components/badge.html")
def price_badge(state: str, age: str = "") -> dict[str, Any]:
    """The age of a price: `{% price_badge "stale" "3 h" %}`, `{% price_badge "live" %}`."""
    kind, dot = PRICE_STATES[state]
    return {"text": f"{state} {age}".strip(), "kind": kind, "icon": "", "dot": dot}


@register.inclusion_tag("components/empty.html")
def empty(
    sentence: str,
    url: str = "",
    action: str = "",
    other_url: str = "",
    other: str = "",
    *,
    proof: str = "",
) -> dict[str, Any]:
    """Nothing to show: what would stand here, one primary and one plain action, proof of the last look."""
    return {
        "sentence": sentence,
        "url": url,
        "action": action,
        "other_url": other_url,
        "other": other,
        "proof": proof,
    }


@register.inclusion_tag("components/arithmetic.html")
def arithmetic(rows: Sequence[Any], caption: str = "") -> dict[str, Any]:
    """Why a number is what it is. Each row has `label`, `amount` (shown as it is), `source` and `kind`.

    `kind` is empty, `subtotal` or `result`; `source` is the rule or the place the row comes from.
    """
    return {"rows": rows, "caption": caption}


@register.inclusion_tag("components/crumbs.html")
def crumbs(*parts: str) -> dict[str, Any]:
    """The way to this page: pairs of label and address, then the label of the page above the title."""
    pairs = [(parts[i], parts[i + 1] if i + 1 < len(parts) else "") for i in range(0, len(parts), 2)]
    return {"crumbs": pairs}


@register.inclusion_tag("components/sort_head.html", takes_context=True)
def sort_head(
    context: Context,
    label: str,
    key: str,
    *,
    numeric: bool = False,
    target: str = "",
    parameter: str = "sort",
    default: str = "",
) -> dict[str, Any]:
    """A column head that sorts: the address carries `sort=key`, or `sort=-key` for descending.

    `default` is the order of a list whose address names none. With `target` the link swaps that part of
    the page through htmx; without script it is a plain link.
    """
    query = context["request"].GET.copy()
    current = query.get(parameter, default)
    order = {key: "ascending", f"-{key}": "descending"}.get(current, "")
    first = f"-{key}" if numeric else key
    second = key if numeric else f"-{key}"
    query[parameter] = second if current == first else first
    query.pop("cursor", None)
    return {
        "label": label,
        "order": order,
        "href": f"?{query.urlencode()}",
        "numeric": numeric,
        "target": target,
    }


@register.inclusion_tag("components/segments.html", takes_context=True)
def interval_picker(context: Context, current: str, target: str = "", only: str = "") -> dict[str, Any]:
    """The interval of a chart or a figure, in the address as `interval=`; `only` names some, by commas."""
    wanted = only.split(",") if only else [key for key, _, _ in INTERVALS]
    choices = [(key, short, words) for key, short, words in INTERVALS if key in wanted]
    return _segments(context, choices, current, parameter="interval", label="Interval", target=target)


@register.inclusion_tag("components/segments.html", takes_context=True)
def segments(
    context: Context,
    choices: Sequence[tuple[str, str]],
    current: str,
    parameter: str,
    label: str,
    *,
    target: str = "",
) -> dict[str, Any]:
    """A short choice as links: pairs of value and word, the chosen value, the parameter they set."""
    return _segments(
        context,
        [(key, word, "") for key, word in choices],
        current,
        parameter=parameter,
        label=label,
        target=target,
    )


@register.inclusion_tag("components/pages.html", takes_context=True)
def pages(
    context: Context, previous: str | None, following: str | None, words: str = "", target: str = ""
) -> dict[str, Any]:
    """Links to the previous and next page of a list, given their cursors (or None)."""

    def address(cursor: str | None) -> str:
        if cursor is None:
            return ""
        query = context["request"].GET.copy()
        query["cursor"] = cursor
        return f"?{query.urlencode()}"

    return {"previous": address(previous), "following": address(following), "words": words, "target": target}


@register.inclusion_tag("components/progress.html")
def progress(done: int, total: int | None, words: str, started: str = "", cancel: str = "") -> dict[str, Any]:
    """A long job: how much is done, in words and as a bar; `cancel` is the address that stops it."""
    fraction = done / total if total else 0.0
    return {
        "done": done,
        "total": total,
        "width": shapes.along(fraction, PROGRESS_BAR),
        "words": words,
        "started": started,
        "cancel": cancel,
    }


@register.inclusion_tag("components/toast.html")
def toast(level: str, message: str) -> dict[str, Any]:
    """A message for the toast region; `level` is info, success, warning or error."""
    return {"level": level, "message": message, "icon": TOAST_ICONS.get(level, "info")}


@register.inclusion_tag("components/lot_bar.html")
def lot_bar(fraction: Decimal | float, *, long: bool = False) -> dict[str, Any]:
    """The first year of a lot: filled to `fraction` while short, whole when long; words stand beside it."""
    x = shapes.along(1.0 if long else float(fraction), LOT_BAR)
    return {"x": x, "tick": min(x, LOT_BAR - 1.5), "long": long}


@register.inclusion_tag("components/allocation_bar.html")
def allocation_bar(
    weight: Decimal | float, target: Decimal | float | None = None, series: int = 1
) -> dict[str, Any]:
    """A weight as a bar, with a tick at the target where there is one; both are fractions of one."""
    tick = None if target is None else shapes.along(float(target), ALLOCATION_BAR)
    return {"width": shapes.along(float(weight), ALLOCATION_BAR), "tick": tick, "series": series}


@register.inclusion_tag("components/diverging_bar.html")
def diverging_bar(fraction: Decimal | float | None) -> dict[str, Any]:
    """Gain to the right of an axis, loss to its left: -1 to 1 of the largest. None draws the axis alone."""
    x, width = shapes.diverging(float(fraction or 0), DIVERGING_BAR)
    return {"x": x, "width": width, "gain": fraction is not None and fraction >= 0}


@register.inclusion_tag("components/sparkline.html")
def sparkline(values: Sequence[Decimal | float | None], label: str) -> dict[str, Any]:
    """A small line with a title that says what it shows; None is a gap."""
    width, height = SPARKLINE
    numbers = [None if value is None else float(value) for value in values]
    return {"path": shapes.line(numbers, width=width, height=height), "label": label}


@register.inclusion_tag("components/donut.html")
def donut(slices: Sequence[Any], label: str, centre: str = "", sub: str = "") -> dict[str, Any]:
    """A ring of at most a dozen slices, each with `label` and `fraction`; a table must stand beside it."""
    arcs = shapes.ring([float(_fraction(part)) for part in slices])
    return {"arcs": arcs, "label": label, "centre": centre, "sub": sub}


@register.filter
def series_of(position: int) -> str:
    """The colour class of the entry at a 0-based `position` of a legend: series-1 to series-6, then again."""
    return f"series-{position % 6 + 1}"


def _fraction(part: Any) -> Decimal | float:
    share: Decimal | float = part["fraction"] if isinstance(part, Mapping) else part.fraction
    return share


def _inner(content: str) -> SafeString:
    """What stood between two tags: rendered, and so already escaped, by the template engine."""
    return mark_safe(content.strip())  # noqa: S308


def _segments(
    context: Context,
    choices: Sequence[tuple[str, str, str]],
    current: str,
    *,
    parameter: str,
    label: str,
    target: str,
) -> dict[str, Any]:
    items = []
    for key, short, words in choices:
        query = context["request"].GET.copy()
        query[parameter] = key
        items.append(
            {"href": f"?{query.urlencode()}", "short": short, "words": words, "current": key == current}
        )
    return {"items": items, "label": label, "target": target}
