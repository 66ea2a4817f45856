"""Interfaces that every resource type gets the same way: endpoint, diagnostics, role, lock."""
