"""Log: one dialogue as a record, measured; written while a run goes on, read, scored and read anew later.

Looks at dialogue and the rooms below it.
"""
