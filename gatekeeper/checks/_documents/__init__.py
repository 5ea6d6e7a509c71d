"""Documents of several formats, read into one neutral form: head, sections, tables."""
