"""Input of the pages of the tax year."""
