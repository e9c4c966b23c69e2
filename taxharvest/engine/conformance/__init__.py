"""Case files held against the rules: adapters that translate names and hold no rule."""
