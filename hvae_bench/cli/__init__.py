"""Command line: one command `hvae` over all rooms, and what its tables look like in a terminal.

Looks at all rooms; none looks at it.
"""
