"""Many installations at once, read-only and in parallel, each through the command line of its own checkout.

Nothing of an installation is imported, prepared or changed, and whatever one of them does (fail, hang, print garbage)
does not affect the others.
"""
