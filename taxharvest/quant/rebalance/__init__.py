"""The rebalancing plan as two convex problems, in floats: statistics and a solver, never a ledger."""
