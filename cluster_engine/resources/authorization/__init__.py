"""Reviews of what somebody may do, one file a kind."""
