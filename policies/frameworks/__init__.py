"""The frameworks that auditors ask about: every control with its title, its owner, and what no rule can show."""
