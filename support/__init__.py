"""What every room uses: errors with exit codes, the console, small tools without a domain."""
