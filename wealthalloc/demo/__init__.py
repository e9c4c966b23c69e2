"""The demo: an invented household whose prices are real closes moved in time."""
