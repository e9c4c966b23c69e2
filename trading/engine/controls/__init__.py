"""The controls that an order passes before it is sent, one file each."""
