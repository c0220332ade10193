#!/usr/bin/env python3
"""stamp.py LOG: copies standard input to LOG, and writes the seconds since the start before each line."""
import sys
import time

start = time.monotonic()
with open(sys.argv[1], 'wb', buffering=0) as log:
    for line in sys.stdin.buffer:
        log.write(b'%7.2f ' % (time.monotonic() - start) + line.rstrip(b'\r\n') + b'\n')
