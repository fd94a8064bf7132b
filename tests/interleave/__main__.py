"""`python -m tests.interleave --seeds 10000 --first 1`: plays seeds and stops at the first that
breaks an invariant, with the seed and the end of its story."""

from __future__ import annotations

import argparse
import os
import sys


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.interleave", description=__doc__)
    parser.add_argument("--seeds", type=int, default=500, help="how many")
    parser.add_argument("--first", type=int, default=1, help="the first one")
    parser.add_argument("--seconds", type=float, help="stop after so long, whatever is left")
    parser.add_argument("--least", type=int, default=0, help="but not before so many seeds")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--without", help="a defence to take away (see tests.interleave.mutations)")
    parser.add_argument("--rough", action="store_true", help="every kind of fault, and often")
    parser.add_argument("--keep-on", action="store_true", help="do not stop at a failure")
    parser.add_argument("--trace", action="store_true", help="print the whole story of each seed")
    parser.add_argument("--serve", action="store_true", help="take orders as lines of JSON")
    given = parser.parse_args()
    if os.environ.get("PYTHONHASHSEED") != "0":  # sets of text have an order, and it must stay
        os.environ["PYTHONHASHSEED"] = "0"
        os.execv(sys.executable, [sys.executable, "-m", "tests.interleave", *sys.argv[1:]])
    from tests.interleave.play import Order, play_all, serve

    if given.serve:
        return serve()
    return play_all(
        Order(
            given.seeds,
            given.first,
            given.seconds,
            given.jobs,
            given.without,
            given.keep_on,
            given.trace,
            given.least,
            given.rough,
        )
    )


if __name__ == "__main__":
    sys.exit(main())
