"""Certificates that the cluster signs, one file a kind."""
