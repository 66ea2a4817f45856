"""Compliance rules: the table of rules, their evaluation, the policy pack and the waivers."""
