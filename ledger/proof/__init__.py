"""Bytes in, hashes out: the tree, its tiles and its leaves, in the public formats of transparency logs.

Nothing here knows of patents, of a database or of the web; a stranger's checker needs this package and no other.
"""
