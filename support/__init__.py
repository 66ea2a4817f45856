"""What every package may use: errors with exit codes, the console, and small tools without a domain."""
