"""A server that speaks the TWS API wire protocol, with a pure exchange behind it."""
