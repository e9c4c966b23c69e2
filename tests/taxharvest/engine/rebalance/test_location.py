"""What is better held where income is not taxed each year: interest and property, tax-free interest not."""

import pytest

from taxharvest.engine.rebalance.location import is_tax_inefficient


@pytest.mark.parametrize(
    ("asset_class", "sector", "name"),
    [
        ("bond", "", "US 4.5 % 2035"),
        ("stock", "Real Estate", "Prologis"),
        ("fund", "Fixed Income", "Core Aggregate"),
        ("fund", "", "World Bond Fund"),
        ("fund", "", "Short TREASURY ETF"),
        ("fund", "", "Vanguard REIT Index"),
        ("fund", "", "High Yield Corporate"),
    ],
)
def test_interest_and_property_are_taxed_in_full_each_year(asset_class: str, sector: str, name: str) -> None:
    assert is_tax_inefficient(asset_class=asset_class, sector=sector, name=name)


@pytest.mark.parametrize(
    ("asset_class", "sector", "name"),
    [
        ("stock", "Technology", "Acme"),
        ("fund", "", "Total Stock Market"),
        # Interest of states and cities, whatever else is said of it.
        ("bond", "Bonds", "National Municipal Bond"),
        ("fund", "Fixed Income", "Tax-Exempt Bond Fund"),
        ("fund", "Bonds", "California Muni"),
        ("fund", "", "Muni Bond Fund"),
    ],
)
def test_stocks_and_the_interest_of_states_and_cities_are_not(
    asset_class: str, sector: str, name: str
) -> None:
    assert not is_tax_inefficient(asset_class=asset_class, sector=sector, name=name)
