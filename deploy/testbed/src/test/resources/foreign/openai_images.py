"""OpenAI's own client against the simulator: prints what it understood, one line for each call."""
import struct
import sys
import zlib

import openai

client = openai.OpenAI(api_key=sys.argv[2], base_url=sys.argv[1] + "/v1", max_retries=0)


def png(width, height, alpha):
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    rows = (b"\0" + bytes([200] * (4 if alpha else 3) * width)) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 6 if alpha else 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    )


def say(what, call):
    try:
        answer = call()
        print(what, len(answer.data), answer.size, answer.usage.total_tokens > 0, answer._request_id is not None)
    except openai.APIStatusError as error:
        print(what, type(error).__name__, error.status_code, error.code, error.param)


def generate(what, **fields):
    say(what, lambda: client.images.generate(**{"model": "gpt-image-2", "prompt": "a boat", **fields}))


def edit(what, **fields):
    say(what, lambda: client.images.edit(model="gpt-image-2", prompt="a hat", **fields))


photo = ("photo.png", png(32, 16, False), "image/png")
generate("two", n=2, size="1536x1024", quality="low", output_format="jpeg")
generate("style", extra_body={"style": "vivid"})
generate("size", size="1000x1000")
generate("limited", prompt="a boat [[sim:429]]")
generate("broke", prompt="a boat [[sim:429_QUOTA]]")
generate("moderated", prompt="a boat [[sim:MODERATION]]")
generate("gone", model="gpt-image-1")
edit("one", image=photo)
edit("mask", image=[photo, photo], mask=("mask.png", png(32, 16, True), "image/png"))
edit("mask size", image=photo, mask=("mask.png", png(16, 16, True), "image/png"))
edit("bytes", image=photo[1])
edit("seventeen", image=[photo] * 17)
print("model", client.models.retrieve("gpt-image-2").shutdown_date)
