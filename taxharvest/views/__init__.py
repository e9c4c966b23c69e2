"""Pages of the tax year."""
