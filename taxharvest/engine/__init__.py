"""Rules of the tax year and of harvesting: pure functions on frozen records."""
