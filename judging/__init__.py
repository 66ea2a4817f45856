"""Judges deployed resources by policies and proofs, locates each finding in the files, and writes the reports."""
