"""The Python language host, for a machine that has the engine but not the official host.

The files of this folder are copied beside the engine and run from there, with the standard library, the Pulumi SDK and
what the SDK brings: they import nothing else of this project.
"""
