"""The local Azure: provider plugins, a control plane that refuses what Azure refuses, and a store."""
