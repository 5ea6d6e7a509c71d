"""The dossier: the sealed folder that an auditor holds years later.

layout.py names its files; seal.py alone writes one, verify.py alone says whether it is authentic.
"""
