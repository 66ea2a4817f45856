"""The Pulumi engine: gets a pinned one onto the machine where none is there, and the language host it needs."""
