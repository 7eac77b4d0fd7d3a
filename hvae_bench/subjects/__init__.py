"""Subjects: who answers without an API: reference agents, and a small model on this machine.

Looks at catalogue, dialogue and text.
"""
