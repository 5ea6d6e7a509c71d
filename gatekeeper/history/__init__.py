"""What changed from one release to the next, and the chain that releases form. Pure: records in, values out."""
