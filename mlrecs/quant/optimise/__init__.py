"""Portfolio optimisation on arrays of returns: problems, methods, the frontier, and how they fared."""
