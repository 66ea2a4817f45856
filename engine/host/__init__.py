"""Fallback only, read last: a Python language host for machines whose engine lacks Pulumi's own.

The official release contains Pulumi's host, which is always preferred. The files of this folder are copied beside an
engine without one and run from there, with the standard library, the Pulumi SDK and its dependencies: they import
nothing else of this project.
"""
