"""Fuzzing: the same loops under shuffled order, stale caches and crashes between writes must keep their promises."""
