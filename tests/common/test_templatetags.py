"""Filters and tags of templates: what stands in the page for a figure or a part."""

from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django import forms
from django.template import Context, Template
from django.test import RequestFactory

D = Decimal


def rendered(source: str, path: str = "/", **values: Any) -> str:
    request = RequestFactory().get(path)
    template = Template("{% load money ui %}" + source)
    return template.render(Context({"request": request, **values})).strip()


def test_an_amount_is_marked_so_that_privacy_can_hide_it() -> None:
    assert rendered('{{ x|money:"USD" }}', x=D("1234.5")) == '<span class="num" data-amount>$1,234.50</span>'


@pytest.mark.parametrize(
    ("amount", "text"), [(D("1E+3"), "1000"), (D("-0.50"), "-0.50"), (1234, "1234"), (None, "")]
)
def test_a_figure_for_scripts_is_plain(amount: Any, text: str) -> None:
    assert rendered("{{ x|plain }}", x=amount) == text


def test_a_gain_has_sign_and_colour() -> None:
    assert rendered('{{ x|gain:"USD" }}', x=D("85447.98")) == (
        '<span class="num gain" data-amount>+$85,447.98</span>'
    )


def test_a_loss_has_sign_and_colour() -> None:
    assert rendered("{{ x|gain }}", x=D("-3090.90")) == '<span class="num loss" data-amount>−3,090.90</span>'


def test_a_gain_that_rounds_to_zero_has_neither_sign_nor_colour() -> None:
    assert rendered("{{ x|gain }}", x=D("-0.001")) == '<span class="num" data-amount>0.00</span>'


def test_a_flow_has_a_sign_but_no_colour() -> None:
    assert rendered("{{ x|flow }}", x=D("371.3")) == '<span class="num" data-amount>+371.30</span>'


def test_the_one_number_sets_its_cents_small() -> None:
    assert rendered('{{ x|headline_money:"USD" }}', x=D("950360.38")) == (
        '<span class="headline num" data-amount>$950,360<span class="cents">.38</span></span>'
    )


@pytest.mark.parametrize(
    "name", ["money", "gain", "flow", "percent", "gain_percent", "points", "shares", "day"]
)
def test_what_is_not_known_is_a_word_and_never_a_zero(name: str) -> None:
    assert rendered("{{ x|" + name + " }}", x=None) == '<span class="missing">unknown</span>'


def test_a_figure_that_is_no_number_is_unknown() -> None:
    assert rendered("{{ x|money }}", x=D("NaN")) == '<span class="missing">unknown</span>'


def test_a_price_that_is_not_there_is_missing() -> None:
    assert rendered("{{ x|price }}", x=None) == '<span class="missing">missing</span>'


def test_percentages_and_prices_stay_readable_in_privacy() -> None:
    assert rendered("{{ x|percent:1 }}", x=D("0.041")) == '<span class="num">4.1\u202f%</span>'
    assert rendered("{{ x|price }}", x=D("79.42")) == '<span class="num">79.42</span>'


def test_a_figure_under_a_percent_head_has_no_sign() -> None:
    assert rendered("{{ x|percent_figure }}", x=D("0.621")) == '<span class="num">62.1</span>'


def test_a_return_has_sign_and_colour() -> None:
    assert rendered("{{ x|gain_percent }}", x=D("-0.061")) == '<span class="num loss">−6.10\u202f%</span>'


def test_days_and_times_are_machine_readable() -> None:
    at = datetime(2026, 12, 17, 10, 42, tzinfo=UTC)
    assert rendered("{{ x|day }}", x=date(2026, 12, 17)) == (
        '<time class="num" datetime="2026-12-17">17 Dec 2026</time>'
    )
    assert rendered("{{ x|day }}", x=at) == '<time class="num" datetime="2026-12-17">17 Dec 2026</time>'
    assert rendered("{{ x|iso_day }}", x="2026-12-17") == rendered("{{ x|day }}", x=date(2026, 12, 17))
    assert rendered("{{ x|iso_day }}", x="") == '<span class="missing">unknown</span>'
    assert rendered("{{ x|moment }}", x=at) == (
        '<time class="num" datetime="2026-12-17T10:42:00+00:00">17 Dec 2026, 10:42 UTC</time>'
    )


def test_a_currency_that_holds_markup_is_escaped() -> None:
    assert "<b>" not in rendered("{{ x|money:c }}", x=D(1), c="<b>")


def test_an_icon_is_silent_unless_it_is_named() -> None:
    assert rendered('{% icon "scissors" %}') == (
        '<svg class="icon" aria-hidden="true"><use href="/static/img/icons.svg#scissors"/></svg>'
    )
    assert 'role="img" aria-label="Sold"' in rendered('{% icon "scissors" "small" "Sold" %}')


def test_a_stat_keeps_the_markup_between_its_tags_and_escapes_its_note() -> None:
    html = rendered('{% stat label="Cash" note=n %}{{ x|money }}{% endstat %}', x=D(5), n="<i>")
    assert '<p class="stat-value"><span class="num" data-amount>5.00</span></p>' in html
    assert "&lt;i&gt;" in html


def test_text_between_the_tags_of_a_part_is_escaped() -> None:
    assert "&lt;script&gt;" in rendered("{% note %}{{ x }}{% endnote %}", x="<script>")


def test_a_verdict_has_icon_word_and_colour() -> None:
    html = rendered('{% verdict "lost" "Lost for good" %}')
    assert html.startswith('<span class="badge badge-error">')
    assert "#ban" in html
    assert "Lost for good" in html


@pytest.mark.parametrize(
    ("source", "text", "kind"),
    [
        ('{% price_badge "stale" "3 h" %}', "stale 3 h", "badge-warn"),
        ('{% price_badge "live" %}', "live", "badge-ok badge-dot"),
        ('{% price_badge "synthetic" %}', "synthetic", "badge-outline"),
    ],
)
def test_the_age_of_a_price_is_said_in_words(source: str, text: str, kind: str) -> None:
    html = rendered(source)
    assert kind in html
    assert f">{text}</span>" in html


def test_a_head_that_is_not_sorted_offers_to_sort() -> None:
    html = rendered('{% sort_head "Symbol" "symbol" %}', "/?kind=buy&cursor=abc")
    assert 'href="?kind=buy&amp;sort=symbol"' in html
    assert "aria-sort" not in html


def test_a_sorted_head_says_so_and_offers_the_other_way() -> None:
    html = rendered('{% sort_head "Basis" "basis" numeric=True target="#rows" %}', "/?sort=-basis")
    assert 'aria-sort="descending"' in html
    assert 'href="?sort=basis"' in html
    assert 'hx-get="?sort=basis" hx-target="#rows"' in html


def test_the_order_of_an_address_that_names_none_is_said_too() -> None:
    html = rendered('{% sort_head "Value" "value" numeric=True default="-value" %}')
    assert 'aria-sort="descending"' in html
    assert 'href="?sort=value"' in html


def test_figures_sort_from_the_largest_first() -> None:
    assert 'href="?sort=-basis"' in rendered('{% sort_head "Basis" "basis" numeric=True %}')


def test_the_interval_picker_keeps_the_rest_of_the_address() -> None:
    html = rendered('{% interval_picker "ytd" only="ytd,all" %}', "/?benchmark=SPY")
    assert html.count("<a ") == 2
    assert 'href="?benchmark=SPY&amp;interval=all"' in html
    assert 'aria-current="true" aria-label="YTD, this year to date"' in html


def test_pages_without_neighbours_show_nothing() -> None:
    assert rendered("{% pages None None %}") == ""


def test_pages_link_to_the_next_cursor() -> None:
    html = rendered('{% pages None "c2" "50 of 412" %}', "/?kind=buy&cursor=c1")
    assert 'rel="next" href="?kind=buy&amp;cursor=c2"' in html
    assert 'rel="prev"' not in html


def test_crumbs_link_all_but_the_last() -> None:
    html = rendered('{% crumbs "Portfolios" "/portfolios/" "Holdings" %}')
    assert '<a href="/portfolios/">Portfolios</a>' in html
    assert "<span>Holdings</span>" in html


def test_the_bar_of_a_short_lot_is_filled_to_its_day() -> None:
    html = rendered("{% lot_bar x %}", x=D("0.38"))
    assert '<rect class="series-2 fill-series" y="2" width="57.0" height="6"/>' in html


def test_the_bar_of_a_long_lot_is_whole() -> None:
    html = rendered("{% lot_bar x long=True %}", x=D("0.2"))
    assert '<rect class="series-1 fill-series" y="2" width="150" height="6"/>' in html


def test_the_bar_of_a_weight_has_a_tick_only_with_a_target() -> None:
    assert "fill-ink" in rendered("{% allocation_bar x y %}", x=D("0.6"), y=D("0.5"))
    assert "fill-ink" not in rendered("{% allocation_bar x %}", x=D("0.6"))


def test_the_bar_of_a_loss_has_the_colour_of_a_loss() -> None:
    assert "fill-loss" in rendered("{% diverging_bar x %}", x=D("-0.1"))
    assert "fill-gain" in rendered("{% diverging_bar x %}", x=D("0.1"))


def test_a_sparkline_without_history_says_so() -> None:
    assert rendered('{% sparkline x "Price" %}', x=[None]) == '<span class="muted">no history</span>'


def test_a_donut_says_what_it_shows() -> None:
    slices = [
        SimpleNamespace(label="Stocks", fraction=D("0.6")),
        SimpleNamespace(label="Cash", fraction=D("0.4")),
    ]
    html = rendered('{% donut x "Stocks 60 %, cash 40 %" %}', x=slices)
    assert 'role="img" aria-label="Stocks 60 %, cash 40 %"' in html
    assert html.count("<path") == 2


def test_progress_counts_in_the_bar_and_for_assistive_technology() -> None:
    html = rendered('{% progress 50 200 "Reading 50 of 200 rows" %}')
    assert 'aria-valuemax="200" aria-valuenow="50"' in html
    assert '<rect class="bar-fill" width="25.0" height="4"/>' in html


def test_an_arithmetic_shows_words_amounts_sources_and_the_result() -> None:
    rows = [
        SimpleNamespace(label="Basis", amount="100.00", source="row 12 of the statement", kind=""),
        SimpleNamespace(label="Gain", amount="20.00", source="", kind="result"),
    ]
    html = rendered("{% arithmetic x %}", x=rows)
    assert '<dd class="source">row 12 of the statement</dd>' in html
    assert '<div class="is-result">' in html


class _Form(forms.Form):
    cost = forms.DecimalField(label="Cost", help_text="Per share.")
    remark = forms.CharField(label="Remark", required=False)


def test_a_field_ties_label_help_and_error_together() -> None:
    html = rendered("{{ form }}", form=_Form({"cost": "x"}))
    assert '<label class="field-label" for="id_cost">Cost</label>' in html
    assert 'aria-describedby="id_cost_helptext id_cost_error"' in html
    assert '<div id="id_cost_error">' in html
    assert 'id="id_cost_helptext">Per share.</div>' in html
    assert 'aria-invalid="true"' in html


def test_a_form_with_errors_opens_with_a_summary_that_takes_the_focus() -> None:
    html = rendered("{{ form }}", form=_Form({"cost": "x"}))
    assert '<div class="error-summary" role="alert" tabindex="-1" data-focus>' in html
    assert '<a class="link" href="#id_cost">Cost</a>: Enter a number.' in html


def test_a_field_that_may_stay_empty_says_optional() -> None:
    html = rendered("{{ form.remark.as_field_group }}", form=_Form())
    assert 'Remark <span class="field-optional">optional</span>' in html
