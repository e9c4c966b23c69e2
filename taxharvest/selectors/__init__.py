"""Reads for the tax year: rows of the book to records of the rules."""
