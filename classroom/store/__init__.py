"""Where a class is kept: a log of changes, a compacted table, assets. Opaque bytes in, the same bytes out.

A store knows nothing of what records mean and decides nothing about them. Stores do not know each other;
each one keeps the contract of `base.Store` and is judged by the same suite (`tests/store/contract.py`).
"""
