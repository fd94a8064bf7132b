"""The engine: carries one run through one compiled journey, without a clock, dice, a database or a
network.
"""
