"""The two targets of a command, the local Azure and a real tenant, and the backend that keeps their states."""
