"""The words of a label volume."""

BACKGROUND = 0
FAULT = 1
"""A fault surface with resolvable throw, one sample thin."""
BESIDE = 2
"""Within one sample of such a surface."""
UNRESOLVED = 3
"""A surface whose throw is too small to be seen surely: neither right nor wrong."""
