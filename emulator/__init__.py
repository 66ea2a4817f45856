"""The local Azure: provider plugins, a control plane that says no when Azure would, and a store."""
