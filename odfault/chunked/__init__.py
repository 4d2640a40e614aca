"""Chunked stores: surveys as Zarr v3, read and written box by box."""
