"""The REST room: one small view per operation with its own serializers."""
