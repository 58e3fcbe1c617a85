"""Alibaba's own client against the simulator, in its older form and its newer: prints what it understood, one line for each call."""
import base64
import sys
import urllib.request

import dashscope
from dashscope import ImageSynthesis, MultiModalConversation
from dashscope.aigc.image_generation import ImageGeneration
from dashscope.v2.errors import DashScopeError

from pictures import png, seen

ADDRESS = sys.argv[1] + "/api/v1"
QWEN = "qwen-image-3.0"
WAN = "wan2.6-t2i"
OLD_WAN = "wan2.5-t2i-preview"
ENDED_WITHIN_SECONDS = 60
dashscope.base_http_api_url = ADDRESS
dashscope.api_key = sys.argv[2]
client = dashscope.Client(api_key=sys.argv[2], base_url=ADDRESS, max_retries=0)
photo = "data:image/png;base64," + base64.b64encode(png()).decode()


def download(url):
    with urllib.request.urlopen(url, timeout=ENDED_WITHIN_SECONDS) as answer:
        return seen(answer.read())


def files(output):
    choices = [part["image"] for choice in output.get("choices") or [] for part in choice["message"]["content"]]
    return [download(url) for url in choices + [result["url"] for result in output.get("results") or []]]


def understood(answer):
    """Of the older form, which returns errors."""
    if answer.status_code != 200 or answer.code:
        return answer.status_code, answer.code, bool(answer.request_id)
    counts = {name: count for name, count in (answer.usage or {}).items() if count}
    return (*files(answer.output), counts, bool(answer.request_id))


def say(what, call):
    try:
        print(what, *call())
    except DashScopeError as error:
        delay = error.headers.get("retry-after")
        print(what, type(error).__name__, error.status_code, error.code, delay, bool(error.request_id))


def converse(what, text, *images, model=QWEN, **fields):
    """The older form, waiting."""
    content = [{"image": image} for image in images] + [{"text": text}]
    messages = [{"role": "user", "content": content}]
    say(what, lambda: understood(MultiModalConversation.call(model=model, messages=messages, **fields)))


def tasks(what, service, **fields):
    """The older form, by a task: one that succeeds, one that is refused in the end, and one canceled while it is pending."""

    def submit(text, **more):
        asked = {"messages": [{"role": "user", "content": [{"text": text}]}]}
        answer = service.async_call(**(asked if service is ImageGeneration else {"prompt": text}), **fields, **more)
        print(what, answer.status_code, answer.output.task_status)
        return answer

    def state(answer):
        fetched = service.fetch(answer)
        return fetched.status_code, fetched.output.task_status

    say(what + " done", lambda: understood(service.wait(submit("a boat", n=2, size="1280*960"))))
    refused = service.wait(submit("a boat [[sim:OUTPUT_INSPECTION_FAILED at=end]]"))
    print(what, "refused", refused.status_code, refused.output.task_status, refused.output.code)
    waiting = submit("a boat [[sim:STUCK status=PENDING]]")
    print(what, "canceled", service.cancel(waiting).status_code, *state(waiting))
    running = submit("a boat [[sim:STUCK]]")
    print(what, "not canceled", *understood(service.cancel(running)), *state(running))
    print(what, "foreign", *state("another"))


def job(answer):
    """Of the newer form, which raises errors."""
    counts = {name: count for name, count in (answer.usage.model_dump() if answer.usage else {}).items() if count}
    return (answer.status, *map(download, answer.image_urls), counts, bool(answer.finished_at), bool(answer.request_id))


def generate(what, text, of=client, model=WAN, **fields):
    """The newer form: waits for the call, or for the older model's task."""
    say(what, lambda: job(of.images.generate(model=model, prompt=text, poll_interval=0.1, **fields)))


def jobs(what, model):
    def submit(text, **fields):
        return client.images.jobs.create(model=model, prompt=text, **fields)

    def canceled():
        waiting = submit("a boat [[sim:STUCK status=PENDING]]")
        client.images.jobs.cancel(waiting.task_id)
        return (client.images.jobs.fetch(waiting.task_id).status,)

    say(what + " done", lambda: job(client.images.jobs.wait(submit("a boat", n=2, size="1280x960"), poll_interval=0.1)))
    say(what + " refused", lambda: job(client.images.jobs.wait(submit("a boat [[sim:OUTPUT_INSPECTION_FAILED at=end]]"))))
    say(what + " canceled", canceled)
    say(what + " running", lambda: job(client.images.jobs.cancel(submit("a boat [[sim:STUCK]]").task_id)))


converse("one", "a boat", size="1536*1024", n=2)
converse("edit", "a hat", photo, photo)
converse("old usage", "a boat", model="qwen-image-2.0")
converse("size", "a boat", size="1536x1024")
converse("safety", "a boat [[sim:DATA_INSPECTION_FAILED]]")
converse("limited", "a boat [[sim:RATE_QUOTA]]")
converse("broke", "a boat [[sim:ARREARAGE]]")
converse("gone", "a boat", model="qwen-image-1")
converse("key", "a boat", api_key="another")
tasks("task", ImageGeneration, model=WAN)
tasks("old task", ImageSynthesis, model=OLD_WAN)
generate("new one", "a boat", size="1536x1024", n=2)
generate("new edit", "a hat", model="wan2.6-image", image_urls=[photo])
generate("new safety", "a boat [[sim:DATA_INSPECTION_FAILED]]")
generate("new safety in 200", "a boat [[sim:DATA_INSPECTION_FAILED http=200]]")
generate("new limited", "a boat [[sim:RATE_QUOTA]]")
generate("new limited with a hint", "a boat [[sim:RATE_QUOTA retryAfter=7]]")
generate("new broke", "a boat [[sim:ARREARAGE]]")
generate("new gone", "a boat", model="wan2.6-t2i-old")
generate("new key", "a boat", of=dashscope.Client(api_key="another", base_url=ADDRESS, max_retries=0))
jobs("job", WAN)
jobs("old job", OLD_WAN)
