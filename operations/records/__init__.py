"""What operations write down beside the state: locks, journals, approvals, and the documents of the ledger."""
