"""Judges deployed resources: policies and proofs, with the place of each finding, and reports of them."""
