"""A shop in another language: publishes jobs and reads what became of them with stock clients of Kafka and S3.

Usage: client.py BOOTSTRAP_SERVERS S3_ENDPOINT BUCKET JOBS
Prints one line for each event: outcome, idempotency key, and whether the stored object has the digest that the event names.
"""

import hashlib
import json
import sys
import time

import boto3
from kafka import KafkaConsumer, KafkaProducer

WITHIN_SECONDS = 90


def main(bootstrap, endpoint, bucket, jobs):
    s3 = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="key",
        aws_secret_access_key="secret",
    )
    producer = KafkaProducer(bootstrap_servers=bootstrap)
    for number in range(jobs):
        job = {"tenant": "python", "idempotencyKey": f"vase-{number}", "prompt": f"A red vase, number {number}"}
        producer.send("render.jobs", json.dumps(job).encode())
    producer.flush()

    consumer = KafkaConsumer(
        "render.events",
        bootstrap_servers=bootstrap,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        consumer_timeout_ms=1000,
    )
    seen = 0
    end = time.monotonic() + WITHIN_SECONDS
    while seen < jobs and time.monotonic() < end:
        for record in consumer:
            event = json.loads(record.value)
            images = event.get("images", [])
            stored = [s3.get_object(Bucket=bucket, Key=image["key"])["Body"].read() for image in images]
            sound = [hashlib.sha256(data).hexdigest() == image["sha256"] for image, data in zip(images, stored)]
            outcome = dict(record.headers)["ce_type"].decode().split(".")[-2]
            print(outcome, event["idempotencyKey"], "sound" if sound and all(sound) else "no picture")
            seen += 1


main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
