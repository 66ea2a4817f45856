"""How the platform is run: the command line."""
