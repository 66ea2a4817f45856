"""Releases: drafting, showing, verifying and comparing their manifests."""
