"""Cases of the holding period put to the rule: short or long."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from portfolios.engine.holding import term_of
from taxharvest.engine.conformance.answers import TERMS
from taxharvest.engine.conformance.fields import Fields


def holding_period(case: Mapping[str, Any]) -> dict[str, Any]:
    """The term of a sale by its two days."""
    inputs = Fields(case, "case").part("input")
    return {"term": TERMS[term_of(inputs.day("acquired"), inputs.day("sold"))]}


RESULTS: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = MappingProxyType(
    {"holding_period": holding_period}
)
