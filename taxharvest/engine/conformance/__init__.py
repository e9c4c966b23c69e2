"""Adapters that hold the rules of the tax year against published cases."""
