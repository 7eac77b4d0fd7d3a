"""Catalogue: every kind of entry, whether they fit together, and where they are read: package, folder, Hub.

Looks at text.
"""
