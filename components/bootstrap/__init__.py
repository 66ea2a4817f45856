"""What is installed before the platform: where its stacks keep state, keys and ledgers, and who may act for them."""
