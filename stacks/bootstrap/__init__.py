"""The bootstrap stack: its targets, its settings, and the move of states into what it makes."""
