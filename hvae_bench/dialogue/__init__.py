"""Dialogue: from a cell to decisions: its script, the walk through it, how a run asks, how a reply is read.

Looks at catalogue and text.
"""
