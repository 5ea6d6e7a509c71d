"""The tool-validation pack (ISO 13485 4.1.6): every known-bad sample, planted on this very machine.

One file = one specimen: a small good product for one family of rules, and the faults that are planted in it. The good
one must pass, each fault must be stopped by the rule that it is made for. The folder is the registry.
"""
