"""`python -m runtime.cli`: the same as `wayline`."""

import sys

from runtime.cli import main

sys.exit(main())
