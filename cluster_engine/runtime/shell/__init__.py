"""A shell for simulated containers: POSIX sh with the usual bash extras, over the container's own files and processes.

What belongs here: parsing (tree-sitter-bash), expansion of words, control flow, built-ins. What does not: commands (programs).
Nothing here reaches the host: a command that the container's image does not have is "not found".
"""
