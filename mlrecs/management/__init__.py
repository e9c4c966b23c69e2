"""Commands of models and advice."""
