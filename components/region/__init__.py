"""One region of an installation, put together in stages: foundation, stores, rights, workloads, watch."""
