"""Hub: the data set built and released, and what others publish their results with.

Looks at log, catalogue and the rooms between them.
"""
