"""Input of the pages of intelligence."""
