"""Input of trading's pages."""
