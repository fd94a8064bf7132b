"""For all tests: no deadline for a single example, because a busy machine is not a wrong answer;
every test as a whole has its hard timeout."""

from hypothesis import settings

settings.register_profile("wayline", deadline=None)
settings.load_profile("wayline")
