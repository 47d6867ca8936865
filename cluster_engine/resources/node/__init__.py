"""Runtimes that nodes offer, one file a kind."""
