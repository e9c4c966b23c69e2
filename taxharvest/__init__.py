"""Tax-loss harvesting and the tax year: what a sale costs or saves, and the forms at the end."""
