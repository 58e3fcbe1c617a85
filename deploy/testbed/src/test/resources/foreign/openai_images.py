"""OpenAI's own client against the simulator: prints what it understood, one line for each call."""
import base64
import sys

import openai

from pictures import png, seen

ADDRESS = sys.argv[1] + "/v1"
client = openai.OpenAI(api_key=sys.argv[2], base_url=ADDRESS, max_retries=0)


def say(what, call):
    try:
        answer = call()
        files = [seen(base64.b64decode(picture.b64_json)) for picture in answer.data]
        tokens = answer.usage.input_tokens_details
        print(
            what, *files, answer.size, tokens.text_tokens, tokens.image_tokens, answer.usage.output_tokens, end=" "
        )
        print(answer.usage.total_tokens, answer._request_id is not None)
    except openai.APIStatusError as error:
        delay = error.response.headers.get("retry-after")
        print(what, type(error).__name__, error.status_code, error.code, error.param, delay)


def generate(what, of=client, **fields):
    say(what, lambda: of.images.generate(**{"model": "gpt-image-2", "prompt": "a boat", **fields}))


def edit(what, **fields):
    say(what, lambda: client.images.edit(model="gpt-image-2", prompt="a hat", **fields))


photo = ("photo.png", png(), "image/png")
generate("two", n=2, size="1536x1024", quality="low", output_format="jpeg")
generate("style", extra_body={"style": "vivid"})
generate("size", size="1000x1000")
generate("limited", prompt="a boat [[sim:429 retryAfter=7]]")
generate("broke", prompt="a boat [[sim:429_QUOTA]]")
generate("moderated", prompt="a boat [[sim:MODERATION]]")
generate("gone", model="gpt-image-1")
generate("key", of=openai.OpenAI(api_key="sk-another", base_url=ADDRESS, max_retries=0))
edit("one", image=photo)
edit("mask", image=[photo, photo], mask=("mask.png", png("RGBA"), "image/png"))
edit("mask size", image=photo, mask=("mask.png", png("RGBA", 32, 32), "image/png"))
edit("bytes", image=photo[1])
edit("seventeen", image=[photo] * 17)
print("model", client.models.retrieve("gpt-image-2").shutdown_date)
