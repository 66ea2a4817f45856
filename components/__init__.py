"""What gets built: Pulumi component resources."""
