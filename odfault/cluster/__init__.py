"""A run on many machines, by Dask: who works, what is sent, what comes back."""
