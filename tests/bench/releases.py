"""Makes releases of ten artifacts each, or promotes them: releases.py fill|promote ADDRESS TOKEN COUNT [IMAGE]

IMAGE is a file with a manifest whose blobs are in team/app. `fill` prints an image of each release by its digest; `promote`
asks for one promotion after the other into the environment "testing" and prints the milliseconds of each.
"""

import base64
import hashlib
import http.client
import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from threading import local

LINES, ARTIFACTS, WRITERS = 100, 10, 8

verb, address, token, count = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
headers = {"Authorization": "Basic " + base64.b64encode(f"admin:{token}".encode()).decode()}
per_thread = local()


def ask(method, path, body=b"", kind="application/json"):
    """The JSON of an answer below 300; each thread keeps one connection."""
    if not hasattr(per_thread, "connection"):
        per_thread.connection = http.client.HTTPConnection(address)
    if isinstance(body, dict):
        body = json.dumps(body).encode()
    per_thread.connection.request(method, path, body, {**headers, "Content-Type": kind})
    response = per_thread.connection.getresponse()
    text = response.read()
    if response.status >= 300:
        sys.exit(f"{method} {path}: {response.status} {text.decode()}")
    return json.loads(text) if text.startswith(b"{") else None


def named(number):
    return f"app-{number % LINES}", f"1.{number // LINES}"


def fill(number):
    line, version = named(number)
    artifacts = []
    manifest = json.loads(image)
    for part in range(ARTIFACTS):
        manifest["annotations"] = {"of": f"{number}/{part}"}
        body = json.dumps(manifest).encode()
        digest = "sha256:" + hashlib.sha256(body).hexdigest()
        # The first has a repository for itself, and is `current` there.
        repository = f"team/{line}-parts" if part else f"team/{line}"
        ask("PUT", f"/v2/{repository}/manifests/{digest}", body, manifest["mediaType"])
        artifacts.append({"repository": repository, "reference": digest, "role": f"part-{part}"})
    ask("POST", "/api/v1/projects/team/releases", {"name": line, "version": version, "artifacts": artifacts})
    return f"{address}/team/{line}@{artifacts[0]['reference']}"


def promote(number):
    line, version = named(number)
    begin = time.perf_counter()
    wanted = {"project": "team", "release": f"{line}@{version}", "environment": "testing"}
    promotion = ask("POST", "/api/v1/promotions", wanted)
    spent = time.perf_counter() - begin
    if promotion["state"] != "admitted":
        sys.exit(f"the promotion is {promotion['state']}: {promotion['why']}")
    return f"{spent * 1000:.3f}"


if verb == "promote":
    print("\n".join(map(promote, range(count))))
else:
    with open(sys.argv[5], "rb") as file:
        image = file.read()
    blobs = [blob["digest"] for blob in (json.loads(image)["config"], *json.loads(image)["layers"])]
    for line in range(LINES):
        for repository in f"team/app-{line}", f"team/app-{line}-parts":
            for blob in blobs:
                ask("POST", f"/v2/{repository}/blobs/uploads/?mount={blob}&from=team/app")
    with ThreadPoolExecutor(WRITERS) as writers:
        print("\n".join(writers.map(fill, range(count))))
