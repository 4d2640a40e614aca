"""Draw labelled synthetic seismic surveys."""
