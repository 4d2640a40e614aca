"""Networks for other programs and faster engines: graphs, and packages of them."""
