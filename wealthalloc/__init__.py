"""The roof: settings, routes, processes and the pages that show several apps at once."""
