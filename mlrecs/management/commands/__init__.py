"""One verb each; each prints what it did."""
