"""Lot relief: which lots a sale takes first, one small file per method."""
