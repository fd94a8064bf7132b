"""The fault tests: real processes, killed and cut off at the worst moments, then reconciled with
what was answered and what a counting provider got. `make faults`; README.md says how they work."""
