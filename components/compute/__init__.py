"""App Service: the plan, the applications on it, their staging slots, and how they scale."""
