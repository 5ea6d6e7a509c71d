"""Pure values and the decision. Only the standard library and msgspec; no clock, no files, no network."""
