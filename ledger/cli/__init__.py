"""The doors in the shell: each command calls one action."""
