"""Reviews of who somebody is, one file a kind."""
