"""Measurements. Absolute times vary with the machine, so documents quote ratios and medians of one run."""
