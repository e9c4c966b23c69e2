"""Risk of a portfolio, from arrays of returns: how much it swings, loses at worst, and why."""
