"""Verbs: one file each; every one takes the server and a call that has passed authorization, and gives an outcome."""
