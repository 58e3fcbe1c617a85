"""A picture that the clients send, and what they see in those that they get."""
import io
import random

from PIL import Image

SHOWN_SHARE = 0.01


def png(mode="RGB", width=64, height=64):
    """Of magenta grains: no scene has that colour, and their base64 has all letters."""
    grains = random.Random(1)
    pixels = b"".join(bytes((grains.randint(180, 255), 0, grains.randint(180, 255))) for _ in range(width * height))
    file = io.BytesIO()
    Image.frombytes("RGB", (width, height), pixels).convert(mode).save(file, "PNG")
    return file.getvalue()


def seen(file):
    """Format and size of a picture, all of whose pixels can be read, and whether it shows the magenta one."""
    picture = Image.open(io.BytesIO(file))
    picture.load()
    small = picture.convert("RGB").resize((64, 64)).tobytes()
    magenta = sum(red > 110 and green < 70 and blue > 110 for red, green, blue in zip(*[iter(small)] * 3))
    shown = " with the reference" if magenta > SHOWN_SHARE * 64 * 64 else ""
    return f"{picture.format} {picture.width}x{picture.height}{shown}"
