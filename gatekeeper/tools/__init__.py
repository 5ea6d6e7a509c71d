"""The only processes and the only HTTP of gatekeeper."""
