"""One public module, one output format; modules with a leading underscore are what formats share."""
