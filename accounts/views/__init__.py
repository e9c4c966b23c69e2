"""The pages of people and households, and where sign-up meets them."""
