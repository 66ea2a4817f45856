"""Releases: making, showing, verifying and comparing their manifests."""
