"""Where fills stand in the ledger of the book."""

from uuid import UUID

from portfolios.models import Transaction


def transaction_of_key(portfolio_id: UUID, natural_key: str) -> Transaction | None:
    """The ledger row with this natural key."""
    rows = Transaction.objects.filter(portfolio_id=portfolio_id, natural_key=natural_key)
    return rows.select_related("portfolio").first()
