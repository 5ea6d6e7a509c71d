"""The register of records (`records.toml`): plans, designs, reviews and statements that stand behind a release.

Shared by the checks whose clauses ask that a record exists, is bound to this product and version, and was made by a
named person. The gate proves presence, binding and form; it does not judge what the record says.
"""
