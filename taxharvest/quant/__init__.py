"""Statistics and optimisers of harvesting: arrays of floats in, rounded decimals out; never money."""
