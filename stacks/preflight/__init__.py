"""What Azure is asked before the first resource is created: rights, quotas, names, regions, networks, people."""
