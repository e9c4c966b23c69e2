"""The gateway daemon: the owner of one connection to a broker, in small pieces that run in one loop."""
