"""The book: instruments, the ledger, lots, disposals, holdings, prices, performance and imports."""
