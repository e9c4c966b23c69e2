"""Harvesting on real prices, with the wash rule and without: what it yields, and how sure that is."""
