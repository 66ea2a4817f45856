"""Where data is kept: PostgreSQL, Redis, storage accounts, container registry."""
