"""Definitions as data: units, directives, forms and periods, and the pure code that understands them.

Nothing here signs, merges or stores. A definition is a frozen struct that is written as an array of the strict
MessagePack of SPEC B3, so that it can travel as the value of a signed authority entry; `values.py` turns one into
the other. No module reads a clock: where a date matters it is an argument.
"""
