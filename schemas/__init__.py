"""The words on the wire: each schema turns JSON into a fact, and says what an answer looks like. Knows no web and no rows."""
