"""Fills the events of a SQLite database that no server has open: fill_events.py FILE COUNT

They tell of blobs that were never pushed: a log of a size is wanted, and pushing a million takes half an hour.
"""

import json
import secrets
import sqlite3
import sys
import time
import uuid

file, count = sys.argv[1], int(sys.argv[2])


def events():
    now = time.time_ns() // 1000
    for number in range(count):
        event = uuid.UUID(int=(number << 80) | (7 << 76) | (2 << 62) | secrets.randbits(60))
        leaf = {
            "v": 1,
            "id": str(event),
            "nonce": secrets.token_hex(16),
            "kind": "blob.deleted",
            "at_us": now + number,
            "project": None,
            "actor": None,
            "subjects": [{"repository": "bench/app", "digest": "sha256:" + secrets.token_hex(32)}],
            "outcome": "success",
            "data": {},
        }
        yield (event.bytes, "blob.deleted", now + number, json.dumps(leaf, separators=(",", ":")).encode())


with sqlite3.connect(file) as database:
    database.executemany("INSERT INTO event (id, kind, at_us, leaf) VALUES (?, ?, ?, ?)", events())
