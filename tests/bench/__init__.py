"""Measurements, printed as tables. They are no tests: machines differ, so compare within one
run.
"""
