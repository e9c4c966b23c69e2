"""Every kind of case that can be put to the engine, and the answers to a list of cases."""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from common.errors import InvalidInput
from taxharvest.engine.conformance import (
    actions,
    dividends,
    forms,
    holding,
    liability,
    relief,
    schedule_d,
    wash,
)
from taxharvest.engine.conformance.fields import Fields, refused

Adapter = Callable[[Mapping[str, Any]], dict[str, Any]]

# A module of this package that answers further kinds is imported above and named here.
MODULES = (actions, dividends, forms, holding, liability, relief, schedule_d, wash)
RESULTS: Mapping[str, Adapter] = MappingProxyType(
    {kind: adapter for module in MODULES for kind, adapter in module.RESULTS.items()}
)


def results_of(cases: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The engine's answer to each case, as objects with its `id` and the `result`.

    Raises InvalidInput, naming the case, where its kind is not known or it cannot be read.
    """
    return [{"id": Fields(case, "case").text("id"), "result": result_of(case)} for case in cases]


def result_of(case: Mapping[str, Any]) -> dict[str, Any]:
    """The engine's answer to one case, in the shape of its `expected`; raises as `results_of` does."""
    kind = Fields(case, "case").text("kind")
    name = f"case {case.get('id')}"
    if kind not in RESULTS:
        raise refused(name, f"has the unknown kind “{kind}”; known are {', '.join(sorted(RESULTS))}")
    try:
        return RESULTS[kind](case)
    except InvalidInput as refusal:
        raise refused(name, f"cannot be read: {refusal.detail}") from None
