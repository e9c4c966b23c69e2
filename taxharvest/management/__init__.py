"""Commands of the tax year."""
