"""A whole throw-away Sigstore on loopback: real keys, signatures and protocols; the client is the real one."""
