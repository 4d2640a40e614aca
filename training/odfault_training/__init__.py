"""Train and judge fault networks."""
