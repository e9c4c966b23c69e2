"""Interactive Brokers through ib_insync: the only room that knows the package."""
