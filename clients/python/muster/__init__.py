"""Clients of Muster: `muster.eye`, frames of a Synthetic Eye."""
