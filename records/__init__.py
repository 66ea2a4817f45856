"""What is written beside the state: locks, journals, the ledger."""
