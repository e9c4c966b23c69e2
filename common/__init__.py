"""The ground: money, dates, errors, identifiers and the small Django pieces that every app stands on."""
