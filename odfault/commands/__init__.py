"""The words of the command odfault, a room for each, and what they do with them."""
