"""What ships of the worth of advice is what this code measures."""

import json

import pytest

from mlrecs.quant.optimise.evidence import advice_evidence
from mlrecs.services.advice_evidence import SHIPPED


@pytest.mark.soak
def test_the_evidence_that_ships_is_what_a_measurement_of_today_gives() -> None:
    shipped = json.loads(SHIPPED.read_text(encoding="utf-8"))
    assert json.loads(json.dumps(advice_evidence())) == shipped["result"]
