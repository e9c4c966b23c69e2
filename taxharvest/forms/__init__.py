"""Input of pages of the tax rules."""
