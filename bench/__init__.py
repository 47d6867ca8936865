"""Benchmarks: `make bench` measures every figure that the project promises, and prints them as a table.

Each module has `measure(...)` that yields figures. They run the real server as a process of its own, with the default set-up.
"""
