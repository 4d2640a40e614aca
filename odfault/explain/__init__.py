"""A look inside a network: what it listens to, what it saw in a section, and why it says fault at a point."""
