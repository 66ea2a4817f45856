"""The Pulumi engine: gets a pinned one onto a machine without one, with the language host that it needs."""
