"""Tax cases with expected results: how they are put to the engine, and how its answers are compared."""
