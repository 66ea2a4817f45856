"""Many installations at once: read-only, in parallel, each by its own checkout's command line.

An installation is asked what its own version can answer; nothing of it is imported, prepared or changed, and what one
of them does (fail, hang, print garbage) reaches no other.
"""
