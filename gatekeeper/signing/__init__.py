"""Signatures: made with an identity or a protected key, verified offline.

instance.py says which Sigstore, identity.py who must have signed; signer.py makes bundles, verifier.py judges them,
rehearsal.py runs a throw-away instance. sigstore itself is imported inside functions of this room and nowhere else.
"""
