"""Statistics, optimisers and nets: arrays of floats in, rounded decimals out; never money."""
