"""Pages of the book: parse, call a selector or a service, render."""
