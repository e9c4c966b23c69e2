"""Pages of the tax rules."""
