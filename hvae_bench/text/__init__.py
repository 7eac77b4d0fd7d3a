"""Text: reading YAML with its places, what is wrong said in words, files here or at a URL, text from outside made safe.

Looks at nothing of ours but the scorers.
"""
