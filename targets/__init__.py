"""Where a stack lives: the local Azure or a real tenant, and the storage of its state and records."""
