"""The virtual network, what may pass in it, and how names resolve in it."""
