"""When a loss is worth taking, what replaces it, and what the wash-sale rule still needs."""
