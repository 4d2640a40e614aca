"""The local web page: drop a picture or a survey, look at its faults."""
