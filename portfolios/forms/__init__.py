"""Input of pages: what a person may send, and what is wrong with it in words."""
