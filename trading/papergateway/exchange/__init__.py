"""The paper exchange: pure, with the clock as an argument."""
