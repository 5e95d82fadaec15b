"""Vet what Parity stands on: the licences of the locked packages, and what is known to be wrong with them."""
