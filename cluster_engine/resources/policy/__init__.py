"""Policies on disruption, one file a kind."""
