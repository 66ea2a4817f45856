"""Measurements. Absolute times vary with the machine: what is quoted are ratios and medians taken in one run."""
