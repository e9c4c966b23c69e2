"""People, households, grants, tax profiles, linked accounts and API tokens."""
