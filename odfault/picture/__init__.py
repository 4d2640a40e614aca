"""Pictures of sections: read, found, straightened, turned to amplitudes, answered, drawn on."""
