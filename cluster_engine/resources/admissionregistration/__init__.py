"""Webhooks and policies that judge writes, one file a kind."""
