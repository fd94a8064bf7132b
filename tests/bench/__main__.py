"""`make bench`: the peers' job, 5,000 webhooks a round."""

import sys

from tests.bench.peers_job import main

sys.exit(main())
