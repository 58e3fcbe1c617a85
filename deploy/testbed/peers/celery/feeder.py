"""Reads jobs from standard input, a line of JSON each, and prints "completed ID" or "failed ID REASON" as results come."""

import json
import sys
import threading

from tasks import app, render

PREFIX = "celery-task-meta-"
ENDED = {"SUCCESS": "completed", "FAILURE": "failed"}


def tell(results):
    for message in results.listen():
        if message["type"] == "pmessage":
            meta = json.loads(message["data"])
            if meta["status"] in ENDED:
                reason = "" if meta["status"] == "SUCCESS" else str(meta["result"]).split("\n")[0]
                print(ENDED[meta["status"]], meta["task_id"], reason, flush=True)


redis = app.backend.client
# What AsyncResult.get listens to, for all tasks at once.
results = redis.pubsub()
results.psubscribe(PREFIX + "*")
threading.Thread(target=tell, args=(results,), daemon=True).start()
print("ready", flush=True)
for line in sys.stdin:
    job = json.loads(line)
    # Celery takes a known id again; as celery-once does it.
    if redis.set("once-" + job["id"], 1, nx=True, ex=24 * 3600):
        render.apply_async((job,), task_id=job["id"])
