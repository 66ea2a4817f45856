"""Where data lives: PostgreSQL, Redis, storage accounts, container registry."""
