"""RBAC: roles and who has them, one file a kind."""
