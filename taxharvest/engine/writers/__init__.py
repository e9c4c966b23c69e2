"""Writers of forms: the records of the tax year as CSV, JSON, TXF and PDF."""
