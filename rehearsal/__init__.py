"""Rehearsals: a deployment tried on a throwaway local Azure, empty or filled from the state of a stack."""
