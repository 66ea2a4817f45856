"""The bootstrap stack: its targets, its settings, and moving states into the storage that it creates."""
