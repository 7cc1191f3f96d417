"""Prints the milliseconds that each of 200 writes of 4 KiB takes to be on disk: fsync.py FILE"""

import os
import sys
import time

with open(sys.argv[1], "wb") as file:
    for _ in range(200):
        file.write(bytes(4096))
        file.flush()
        begin = time.perf_counter()
        os.fsync(file.fileno())
        print(f"{(time.perf_counter() - begin) * 1000:.3f}")
