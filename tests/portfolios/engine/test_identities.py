"""What counts as identical with what: groups, indices, options, and what the rule leaves out."""

from typing import Any
from uuid import UUID

from portfolios.engine.identities import (
    IdentityReason,
    InstrumentTraits,
    grouping_of,
    identities_of,
    identity_links,
)
from portfolios.engine.policies import Identity, WashPolicy

HOUSEHOLD, OWN, SHARED = UUID(int=900), UUID(int=901), UUID(int=902)
POLICY = WashPolicy()


def traits(number: int, symbol: str, asset_class: str = "stock", **facts: Any) -> InstrumentTraits:
    stated: dict[str, Any] = {"currency": "USD"} | facts
    return InstrumentTraits(id=UUID(int=number), symbol=symbol, asset_class=asset_class, **stated)


def identities(*instruments: InstrumentTraits, policy: WashPolicy = POLICY) -> dict[UUID, Identity]:
    return identities_of(instruments, policy, HOUSEHOLD)


def test_the_households_own_group_comes_before_the_shared_one_and_that_before_the_index() -> None:
    everything = {"tracked_index": "S&P 500", "shared_group": SHARED, "own_group": OWN}
    fund = traits(1, "VOO", "fund", **everything)
    shared = traits(2, "IVV", "fund", **everything | {"own_group": None})
    indexed = traits(3, "SPY", "fund", tracked_index="S&P 500")

    found = [grouping_of(item, POLICY, HOUSEHOLD) for item in (fund, shared, indexed, traits(4, "ACME"))]

    assert [(item.reason, item.group) for item in found[:2]] == [
        (IdentityReason.OWN_GROUP, OWN),
        (IdentityReason.SHARED_GROUP, SHARED),
    ]
    assert found[2].reason is IdentityReason.SAME_INDEX
    assert (found[3].reason, found[3].group) == (IdentityReason.ITSELF, UUID(int=4))


def test_funds_of_one_index_are_identical_however_it_is_written_until_the_policy_says_otherwise() -> None:
    funds = (
        traits(1, "VOO", "fund", tracked_index="S&P 500"),
        traits(2, "SPY", "fund", tracked_index=" s&p  500 "),
        traits(3, "VTI", "fund", tracked_index="CRSP US Total Market"),
    )

    strict = identities(*funds)
    loose = identities(*funds, policy=WashPolicy(same_index_identical=False))

    assert strict[UUID(int=1)] == strict[UUID(int=2)]
    assert strict[UUID(int=1)].group != strict[UUID(int=3)].group
    assert [loose[UUID(int=number)].group.int for number in (1, 2, 3)] == [1, 2, 3]


def test_a_group_of_one_takes_a_fund_out_of_its_index() -> None:
    found = identities(
        traits(1, "VOO", "fund", tracked_index="S&P 500", own_group=OWN),
        traits(2, "SPY", "fund", tracked_index="S&P 500"),
    )

    assert found[UUID(int=1)].group == OWN
    assert found[UUID(int=2)].group != OWN


def test_a_call_replaces_shares_of_its_underlyings_group_and_a_put_replaces_none() -> None:
    found = identities(
        traits(1, "ACME", own_group=OWN),
        traits(2, "ACME 270115C00100000", "option", multiplier=100),
        traits(3, "A coded name", "option", multiplier=10, underlying="acme", put_call="C"),
        traits(4, "ACME 270115P00100000", "option", multiplier=100),
        traits(5, "GONE 270115C00100000", "option", multiplier=100),
    )

    assert found[UUID(int=2)] == Identity(group=UUID(int=2), replaces=OWN, shares_per_unit=100)
    assert found[UUID(int=3)] == Identity(group=UUID(int=3), replaces=OWN, shares_per_unit=10)
    assert found[UUID(int=4)] == Identity(group=UUID(int=4))
    assert found[UUID(int=5)].replaces is None


def test_an_underlying_is_the_households_own_share_in_the_options_currency() -> None:
    found = identities(
        traits(1, "ACME", is_own=False),
        traits(2, "ACME", is_own=True),
        traits(3, "ACME", is_own=True, currency="EUR"),
        traits(4, "ACME 270115C00100000", "option"),
        traits(5, "ACME 270115C00100000", "option", currency="EUR"),
    )

    assert found[UUID(int=4)].replaces == UUID(int=2)
    assert found[UUID(int=5)].replaces == UUID(int=3)


def test_futures_and_index_options_are_exempt_and_digital_assets_are_marked() -> None:
    found = identities(
        traits(1, "ESZ6", "future"),
        traits(2, "SPXW 261218C05000000", "option", multiplier=100),
        traits(3, "A coded name", "option", underlying="NDX", put_call="P"),
        traits(4, "BTC", "crypto"),
        traits(5, "SPY 261218C00500000", "option", multiplier=100),
    )

    assert [found[UUID(int=number)].is_exempt for number in (1, 2, 3, 4, 5)] == [
        True,
        True,
        True,
        False,
        False,
    ]
    assert found[UUID(int=4)] == Identity(group=UUID(int=4), is_digital_asset=True)


def test_links_tie_each_group_and_each_option_to_what_it_is_on() -> None:
    found = identities(
        traits(1, "VOO", "fund", own_group=OWN),
        traits(2, "SPY", "fund", own_group=OWN),
        traits(3, "SPY 270115C00500000", "option"),
        traits(4, "ACME"),
    )

    assert sorted((one.int, other.int) for one, other in identity_links(found)) == [(1, 2), (1, 3)]
