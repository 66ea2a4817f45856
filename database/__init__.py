"""What is inside the databases: roles, rights and extensions, as SQL made from the settings, and the check of it.

Nothing here connects to anything: ``psql`` runs the SQL, in the job of :mod:`components.data.sqljob` or on a machine
inside the network.
"""
