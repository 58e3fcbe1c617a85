"""Renders jobs: one paid call, the picture checked by decoding it, one put. Settings as Celery's documentation advises for tasks that
may be repeated and mostly wait."""

import base64
import io
import os
import random
import threading

import boto3
import requests
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from celery import Celery
from PIL import Image

CALL_MAX_SECONDS = 120
env = os.environ

app = Celery("tasks", broker=env["REDIS_URL"], backend=env["REDIS_URL"])
app.conf.update(
    # A killed worker's task goes to another one, when it was not acknowledged within the visibility timeout.
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    broker_transport_options={"visibility_timeout": int(env["VISIBILITY_SECONDS"])},
    broker_connection_retry_on_startup=True,
    result_expires=3600,
)

# Clients are safe for use by many threads, sessions of requests are not.
s3 = boto3.client(
    "s3",
    endpoint_url=env["S3_ENDPOINT"],
    region_name=env["S3_REGION"],
    aws_access_key_id=env["S3_ACCESS_KEY"],
    aws_secret_access_key=env["S3_SECRET_KEY"],
    # A picture is paid: more than the attempts of the default.
    config=Config(
        max_pool_connections=int(env["CONCURRENCY"]),
        retries={"mode": "standard", "total_max_attempts": 10},
        s3={"addressing_style": "path"},
    ),
)
threads = threading.local()


class Retryable(Exception):
    """Worth another attempt."""


def session():
    if not hasattr(threads, "session"):
        threads.session = requests.Session()
    return threads.session


def stored(key):
    try:
        s3.head_object(Bucket=env["S3_BUCKET"], Key=key)
        return True
    except ClientError as e:
        if e.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
            return False
        raise


def retry_delay_seconds(error):
    hints = [detail["retryDelay"] for detail in error.get("details", []) if "retryDelay" in detail]
    return float(hints[0].rstrip("s")) if hints else 1


def draw(task, job):
    answer = session().post(
        env["PROVIDER_URL"],
        headers={"x-goog-api-key": env["PROVIDER_KEY"]},
        json={
            "contents": [{"role": "user", "parts": [{"text": job["prompt"]}]}],
            "generationConfig": {"responseModalities": ["IMAGE"], "imageConfig": {"imageSize": job["size"]}},
        },
        timeout=CALL_MAX_SECONDS,
    )
    if answer.status_code == 429:
        # Not counted as an attempt; spread, so that not all come back at once.
        delay = retry_delay_seconds(answer.json()["error"]) * random.uniform(1, 2)
        raise task.retry(countdown=delay, max_retries=None)
    if answer.status_code >= 500:
        raise Retryable(f"{answer.status_code}: {answer.text}")
    answer.raise_for_status()
    parts = answer.json()["candidates"][0]["content"]["parts"]
    return base64.b64decode(next(part["inlineData"]["data"] for part in parts if "inlineData" in part))


@app.task(
    bind=True,
    autoretry_for=(Retryable, requests.ConnectionError, requests.Timeout, OSError, BotoCoreError, ClientError),
    retry_backoff=1,
    retry_jitter=True,
    max_retries=7,
)
def render(task, job):
    key = f"peers/celery/{job['id']}.png"
    # After a crash between put and acknowledgement the picture is there already.
    if (task.request.retries or task.request.delivery_info.get("redelivered")) and stored(key):
        return
    picture = draw(task, job)
    Image.open(io.BytesIO(picture)).load()
    s3.put_object(Bucket=env["S3_BUCKET"], Key=key, Body=picture, ContentType="image/png")
