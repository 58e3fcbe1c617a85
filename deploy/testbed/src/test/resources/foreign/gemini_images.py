"""Google's own client against the simulator, as the Developer API and as Vertex AI: prints what it understood, one line for each call."""
import sys

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google import genai
from google.auth.exceptions import RefreshError
from google.genai import errors, types
from google.oauth2.credentials import Credentials
from google.oauth2.service_account import Credentials as ServiceAccount

from pictures import png, seen

LITE = "gemini-3.1-flash-lite-image"
PRO = "gemini-3-pro-image"
http = types.HttpOptions(base_url=sys.argv[1])
client = genai.Client(vertexai=False, api_key=sys.argv[2], http_options=http)
private_key = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
)


def project(credentials):
    return genai.Client(
        vertexai=True, project="shop", location="global", credentials=credentials, http_options=http
    )


def account(name):
    """Exchanges a signed claim for a token."""
    info = {
        "client_email": name + "@shop.iam.gserviceaccount.com",
        "private_key": private_key.decode(),
        "token_uri": sys.argv[1] + "/token",
    }
    scopes = ["https://www.googleapis.com/auth/cloud-platform"]
    return project(ServiceAccount.from_service_account_info(info, scopes=scopes))


vertex = project(Credentials(token=sys.argv[2]))
photo = types.Part.from_bytes(data=png(), mime_type="image/png")


def config(ratio="1:1", **fields):
    return types.GenerateContentConfig(
        response_modalities=["IMAGE"], image_config=types.ImageConfig(aspect_ratio=ratio), **fields
    )


def tokens(details):
    return {detail.modality.name: detail.token_count for detail in details or []}


def understood(answer):
    """Pictures, or why there are none; then the tokens."""
    usage = answer.usage_metadata
    if not answer.candidates:
        return "blocked", answer.prompt_feedback.block_reason.name, tokens(usage.prompt_tokens_details)
    candidate = answer.candidates[0]
    files = [seen(part.inline_data.data) for part in answer.parts or [] if part.inline_data and not part.thought]
    return (
        candidate.finish_reason.name,
        *files,
        tokens(usage.prompt_tokens_details),
        tokens(usage.candidates_tokens_details),
        usage.thoughts_token_count,
        usage.total_token_count,
        answer.model_version,
    )


def say(what, call):
    try:
        print(what, *call())
    except errors.APIError as error:
        details = {detail["@type"].rsplit(".", 1)[1]: detail for detail in error.details["error"].get("details", [])}
        reason = details.get("ErrorInfo", {}).get("reason")
        delay = details.get("RetryInfo", {}).get("retryDelay")
        print(what, type(error).__name__, error.code, error.status, reason, delay)


def generate(what, contents, of=client, model=LITE, **fields):
    say(what, lambda: understood(of.models.generate_content(model=model, contents=contents, config=config(**fields))))


def stream():
    parts = [
        part
        for answer in client.models.generate_content_stream(model=LITE, contents="a boat", config=config())
        for part in answer.parts
    ]
    return [seen(part.inline_data.data) for part in parts if part.inline_data]


def chat(what, of):
    """Two edits of one picture; the second must bring the first's signature."""
    session = of.chats.create(model=PRO, config=config(ratio="16:9"))
    say(what, lambda: understood(session.send_message(["a hat", photo])))
    say(what + " again", lambda: understood(session.send_message("now in red")))
    picture = next(part for part in session.get_history()[1].parts if part.inline_data)
    picture.thought_signature = b"not the signature"
    say(what + " forged", lambda: understood(session.send_message("now in blue")))


generate("one", "a boat", ratio="3:2")
generate("thoughts", "a boat [[sim:THOUGHTS]]", model=PRO, thinking_config=types.ThinkingConfig(include_thoughts=True))
generate("edit", ["a hat", photo])
generate("ratio", "a boat", ratio="7:1")
generate("safety", "a boat [[sim:IMAGE_SAFETY]]")
generate("prompt", "a boat [[sim:BLOCK_PROHIBITED_CONTENT]]")
generate("limited", "a boat [[sim:429 retryDelay=21s]]")
generate("shared", "a boat [[sim:429_SHORT]]")
generate("overloaded", "a boat [[sim:503]]")
generate("gone", "a boat", model="gemini-3.1-flash-image")
generate("key", "a boat", of=genai.Client(vertexai=False, api_key="another", http_options=http))
say("stream", stream)
chat("chat", client)
generate("vertex", ["a hat", photo], of=vertex, ratio="3:2")
generate("vertex limited", "a boat [[sim:429_VERTEX]]", of=vertex)
generate("vertex token", "a boat", of=project(Credentials(token="another")))
generate("vertex account", "a boat", of=account("renderer"))
generate("vertex express", "a boat", of=genai.Client(vertexai=True, api_key=sys.argv[2], http_options=http))
generate("vertex express key", "a boat", of=genai.Client(vertexai=True, api_key="another", http_options=http))
try:
    generate("vertex deleted account", "a boat", of=account("deleted"))
except RefreshError as error:
    print("vertex deleted account", type(error).__name__, error.args[1]["error"])
chat("vertex chat", vertex)
print("models", *(model.name for model in client.models.list()))
print("model", client.models.get(model=PRO).output_token_limit)
