"""Point-in-time restore of a stack's database server, to a new server beside it.

The stack itself is never touched: the restored server has a small stack of its own (folder ``restore`` of the
checkout). Its data is inspected, copied back if needed, and the server is then deleted.
"""
