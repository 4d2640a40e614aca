"""From a fault probability to faults: surfaces of a volume, lines of a section, and files to carry them."""
