"""The vault, the secrets in it, and who may do what."""
