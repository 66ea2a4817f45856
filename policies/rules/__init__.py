"""The rules by family; ``policies.table`` puts them together."""
