"""Promotion: a release goes from one stack to the next, through gates, and comes back if it must."""
