"""Point-in-time restore of a stack's database server, to a new server beside it.

The stack itself is never touched: what is restored lives in a small stack of its own (folder ``restore`` of the
checkout), is looked at, and is then either used or taken away.
"""
