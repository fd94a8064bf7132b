"""A wire in the kernel, between this side and a network namespace in which a server lives, that a
test can make bad: silent, slow, or losing packets.

What goes over it are the kernel's own packets, taken from one TUN device and put into another. So a
connection that was cut off is really half open, what was lost is sent again by TCP's own timers,
and only what the kernel knows of the program's settings (keepalives, user timeouts) can end it.

This needs the rights of root on Linux. Where they are not there, `Wire()` raises `NoWire` with the
reason, and the tests use `tests.support.proxy` instead.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import heapq
import itertools
import os
import random
import select
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

_NEW_NETWORK = 0x40000000  # CLONE_NEWNET
_SET_INTERFACE = 0x400454CA  # TUNSETIFF
_TUN, _BARE = 0x0001, 0x1000  # IFF_TUN, IFF_NO_PI: whole IP packets and nothing else
_LONGEST = 65_536


class NoWire(Exception):
    """It cannot be made here; the message says why."""


class Wire:
    """A namespace, and the wire to it. Use it as a context.

    `far` is the namespace's address as seen from here, `near` the other one. `delay` seconds each
    way; `loss` is the share of packets that never arrive."""

    def __init__(self, seed: int = 1) -> None:
        if sys.platform != "linux" or os.geteuid() != 0:
            raise NoWire("network namespaces need root on Linux")
        self._dice = random.Random(seed)
        self.delay = self.loss = 0.0
        self.lost = self.dropped = 0
        self._silent = threading.Event()
        self._over = threading.Event()
        self._ends: list[int] = []
        # the namespace is that of this thread and of all that it starts, and goes with them
        self._there = ThreadPoolExecutor(1)
        third, fourth = random.randrange(256), 4 * random.randrange(64)
        self.near, self.far = (f"198.18.{third}.{fourth + n}" for n in (1, 2))
        try:
            self.do(_leave_this_network)
            self.do(lambda: _ip("link", "set", "lo", "up"))
            self._ends.append(self._end(self.near))
            self._ends.append(self.do(lambda: self._end(self.far)))
        except (OSError, subprocess.CalledProcessError) as error:
            self._close()
            raise NoWire(f"no network namespace can be made here ({error})") from error
        self._pump = threading.Thread(target=self._carry, daemon=True)

    def __enter__(self) -> Wire:
        self._pump.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._pump.join(10)
        self._close()

    def do(self, work: Callable[[], T]) -> T:
        """Do it in the namespace; processes and threads that it starts are there, too."""
        return self._there.submit(work).result(120)

    def silence(self) -> None:
        """From now on whatever is sent is gone, either way, and nobody is told."""
        self._silent.set()

    def speak(self) -> None:
        """What is sent from now on arrives."""
        self._silent.clear()

    # --- Inside -------------------------------------------------------------------------------

    def _end(self, address: str) -> int:
        """A TUN device with this address, in the network of the running thread."""
        name = f"wl{os.getpid() % 10**6}-{len(self._ends)}-{random.randrange(1000)}"
        end = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        try:
            fcntl.ioctl(end, _SET_INTERFACE, struct.pack("16sH", name.encode(), _TUN | _BARE))
            _ip("address", "add", f"{address}/30", "dev", name)
            _ip("link", "set", name, "up")
        except BaseException:
            os.close(end)
            raise
        return end

    def _carry(self) -> None:
        """In its thread: packets from each end to the other, when they are due."""
        others = dict(zip(self._ends, reversed(self._ends), strict=True))
        number = itertools.count()  # at one instant in the order they came
        under_way: list[tuple[float, int, int, bytes]] = []
        while not self._over.is_set():
            rest = under_way[0][0] - time.monotonic() if under_way else 0.1
            for end in select.select(self._ends, [], [], min(max(rest, 0), 0.1))[0]:
                with contextlib.suppress(BlockingIOError):
                    packet = os.read(end, _LONGEST)
                    if self._arrives():
                        due = time.monotonic() + self.delay
                        heapq.heappush(under_way, (due, next(number), others[end], packet))
            while under_way and under_way[0][0] <= time.monotonic():
                _, _, end, packet = heapq.heappop(under_way)
                with contextlib.suppress(OSError):  # a queue that is full loses it, as a real one
                    os.write(end, packet)

    def _arrives(self) -> bool:
        if self._silent.is_set():
            self.dropped += 1
            return False
        if self._dice.random() < self.loss:
            self.lost += 1
            return False
        return True

    def _close(self) -> None:
        for end in self._ends:
            os.close(end)
        self._ends.clear()
        self._there.shutdown()


def _leave_this_network() -> None:
    """A new network for the running thread."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_NEW_NETWORK) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True, timeout=30)
