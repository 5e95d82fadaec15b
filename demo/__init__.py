"""The demonstration trust: an invented ambulance trust whose figures come out as LAS published them."""

from demo.make import Made, make

__all__ = ["Made", "make"]
