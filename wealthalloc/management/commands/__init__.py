"""Management commands of the roof, one verb each."""
