"""The sockets of trading: live prices, and what happens to a person's orders and jobs."""
