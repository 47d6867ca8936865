"""API priority and fairness: which requests wait for which, one file a kind."""
