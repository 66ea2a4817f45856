"""Rehearsals: deployments into a throwaway local Azure, which is empty or filled from the state of a stack."""
