"""The segyio room: how a SEG-Y file lies, its lines, boxes of its traces, and an output alike."""
