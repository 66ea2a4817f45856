"""What both judges, ``topology`` and ``policies``, know of Azure: resources and their graph, ids, types, values."""
