"""Drift: differences between Azure and the state, made outside Pulumi."""
