"""Azure outside the engine: swaps, health checks, interrupted creates and the activity log."""
