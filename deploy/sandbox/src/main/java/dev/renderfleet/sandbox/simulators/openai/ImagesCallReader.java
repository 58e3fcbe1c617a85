package dev.renderfleet.sandbox.simulators.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.renderfleet.sandbox.http.HttpRequest;
import dev.renderfleet.sandbox.http.MultipartForm;
import dev.renderfleet.sandbox.http.MultipartForm.FormPart;
import dev.renderfleet.sandbox.simulators.Digests;
import dev.renderfleet.sandbox.simulators.ReferenceLoader.Reference;
import dev.renderfleet.sandbox.simulators.SimulatorJson;
import dev.renderfleet.sandbox.simulators.openai.ImagesCall.Canvas;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads and checks the body of generations and edits, JSON or multipart, as strictly as the API that is simulated. */
final class ImagesCallReader {
    private static final int PROMPT_CHARS_MAX = 32_000;
    private static final int COUNT_MAX = 10;
    private static final int IMAGES_MAX = 16;
    private static final int IMAGE_BYTES_MAX = 50_000_000;
    private static final int DATA_URL_CHARS_MAX = 20_971_520;
    private static final int EDGE_STEP = 16;
    private static final int EDGE_MAX = 3_840;
    private static final int PIXELS_MIN = 655_360;
    private static final int PIXELS_MAX = 8_294_400;
    private static final int SIDES_RATIO_MAX = 3;
    private static final String AUTO = "auto";
    private static final Pattern SIZE = Pattern.compile("(\\d{1,5})x(\\d{1,5})");
    private static final Pattern DATA_URL = Pattern.compile("data:([a-z/]+);base64,(.*)", Pattern.DOTALL);
    private static final Set<String> MIMES = Set.of("image/png", "image/jpeg", "image/webp");
    private static final List<String> FORMATS = List.of("png", "jpeg", "webp");
    private static final List<String> BACKGROUNDS = List.of(AUTO, "opaque", "transparent");
    private static final Set<String> FIELDS = Set.of(
            "prompt",
            "model",
            "n",
            "size",
            "quality",
            "background",
            "output_format",
            "output_compression",
            "moderation",
            "complexity",
            "safety_identifier",
            "user");

    private final ImagesProfile profile;
    private final OwnServerFields own;

    ImagesCallReader(ImagesProfile profile) {
        this.profile = profile;
        this.own = new OwnServerFields(profile);
    }

    /** Accepted or refused; refused calls have not reached the model and are not billed. */
    sealed interface ImagesReading {
        record Accepted(ImagesCall call) implements ImagesReading {}

        record Refused(OpenAiError error) implements ImagesReading {}
    }

    /** What was wrong, thrown from the depth of the body and caught at its top. */
    private static final class InvalidBodyException extends Exception {
        private final transient OpenAiError error;

        InvalidBodyException(OpenAiError error) {
            super(error.message());
            this.error = error;
        }
    }

    /** The body, whatever its form: its fields, and its files taken out. */
    private record Body(
            ObjectNode fields,
            List<Reference> images,
            @Nullable Reference mask) {}

    ImagesReading read(HttpRequest request, boolean edit, LocalDate today) {
        try {
            return new ImagesReading.Accepted(check(body(request, edit), edit, request.body(), today));
        } catch (InvalidBodyException e) {
            return new ImagesReading.Refused(e.error);
        }
    }

    private Body body(HttpRequest request, boolean edit) throws InvalidBodyException {
        if (edit && MultipartForm.isIn(request)) {
            return form(MultipartForm.of(request)
                    .orElseThrow(() -> invalid("invalid_multipart", null, "Could not parse multipart form")));
        }
        ObjectNode fields = SimulatorJson.object(request.body())
                .orElseThrow(() -> invalid(null, null, "We could not parse the JSON body of your request."));
        if (!edit) {
            return new Body(fields, own.references(fields), null);
        }
        JsonNode mask = fields.remove("mask");
        var images = new ArrayList<Reference>();
        int number = 0;
        for (JsonNode image :
                Optional.<JsonNode>ofNullable(fields.remove("images")).orElseThrow(() -> missing("images"))) {
            images.add(reference("images[%d]".formatted(number++), image));
        }
        return new Body(fields, images, mask == null ? null : reference("mask", mask));
    }

    private static Reference reference(String where, JsonNode image) throws InvalidBodyException {
        for (var field : image.properties()) {
            if (!Set.of("image_url", "file_id").contains(field.getKey())) {
                throw new InvalidBodyException(OpenAiError.unknownParameter(where + "." + field.getKey()));
            }
        }
        if (image.size() != 1) {
            throw invalid("invalid_value", where, "Exactly one of 'image_url' and 'file_id' is required.");
        }
        if (image.has("file_id")) {
            throw invalid("invalid_value", where + ".file_id", "No such file.");
        }
        String url = image.path("image_url").asText();
        if (!url.startsWith("data:")) {
            return new Reference.Remote("", url);
        }
        Matcher data = DATA_URL.matcher(url);
        if (url.length() > DATA_URL_CHARS_MAX || !data.matches()) {
            throw invalid("invalid_value", where + ".image_url", "The data URL is malformed or too long.");
        }
        supported(where, data.group(1));
        return new Reference.Inline(data.group(1), data.group(2));
    }

    private Body form(MultipartForm form) throws InvalidBodyException {
        ObjectNode fields = SimulatorJson.newObject();
        var images = new ArrayList<Reference>();
        Reference mask = null;
        boolean single = false;
        for (FormPart part : form.parts()) {
            String name = part.name();
            if (!profile.isFile(name)) {
                if (fields.has(name)) {
                    throw duplicate(name);
                }
                fields.put(name, part.text());
            } else if (profile.isMask(name)) {
                mask = upload(part);
            } else {
                if (single && name.equals("image")) {
                    throw duplicate("image");
                }
                single |= name.equals("image");
                images.add(upload(part));
            }
        }
        if (fields.has("moderation") && !profile.isOwnServer()) {
            throw new InvalidBodyException(OpenAiError.unknownParameter("moderation"));
        }
        return new Body(fields, images, mask);
    }

    private static Reference upload(FormPart part) throws InvalidBodyException {
        String param = part.name().replace("[]", "");
        if (part.fileName() == null) {
            throw invalid(
                    "invalid_type",
                    param,
                    "Invalid type for '%s': expected a file, but got a string instead.".formatted(param));
        }
        supported(param, part.contentType().isEmpty() ? "application/octet-stream" : part.contentType());
        if (part.content().remaining() >= IMAGE_BYTES_MAX) {
            throw invalid("file_too_large", param, "Invalid file '%s': it must be smaller than 50MB.".formatted(param));
        }
        return new Reference.Uploaded(part.contentType(), part.content());
    }

    private static void supported(String param, String mime) throws InvalidBodyException {
        if (!MIMES.contains(mime)) {
            throw invalid(
                    "unsupported_file_mimetype",
                    param,
                    "Invalid file '%s': unsupported mimetype ('%s'). Supported file formats are 'image/jpeg', 'image/png', and 'image/webp'."
                            .formatted(param, mime));
        }
    }

    private ImagesCall check(Body body, boolean edit, byte[] bytes, LocalDate today) throws InvalidBodyException {
        ObjectNode fields = body.fields();
        for (var field : fields.properties()) {
            if (!profile.isOwnServer() && !FIELDS.contains(field.getKey())) {
                throw new InvalidBodyException(OpenAiError.unknownParameter(field.getKey()));
            }
        }
        OpenAiModel model = model(required(fields, "model"), today);
        String prompt = required(fields, "prompt");
        if (prompt.length() > PROMPT_CHARS_MAX) {
            throw invalid(
                    "string_above_max_length",
                    "prompt",
                    "Invalid 'prompt': string too long. Expected a string with maximum length %d, but got a string with length %d instead."
                            .formatted(PROMPT_CHARS_MAX, prompt.length()));
        }
        if (edit && body.images().isEmpty()) {
            throw missing("image");
        }
        if (body.images().size() > IMAGES_MAX) {
            throw invalid(
                    "array_above_max_length",
                    "image",
                    "Invalid 'image': array too long. Expected an array with maximum length %d, but got an array with length %d instead."
                            .formatted(IMAGES_MAX, body.images().size()));
        }
        String quality = oneOf(fields, "quality", AUTO, model.qualities());
        Optional<OpenAiError> refusal = own.refusal(fields, edit);
        if (refusal.isPresent()) {
            throw new InvalidBodyException(refusal.get());
        }
        return new ImagesCall(
                model,
                own.prompt(prompt),
                body.images(),
                Optional.ofNullable(body.mask()),
                canvas(fields),
                number(fields, "n", 1, COUNT_MAX).orElse(1),
                quality.equals(AUTO) ? "medium" : quality,
                own.delivery(fields),
                Digests.of(model.id(), bytes));
    }

    private OpenAiModel model(String id, LocalDate today) throws InvalidBodyException {
        if (profile.isOwnServer()) {
            Optional<OpenAiError> refusal = profile.refusal(id);
            if (refusal.isPresent()) {
                throw new InvalidBodyException(refusal.get());
            }
            return OpenAiModel.own(id);
        }
        OpenAiModel model = OpenAiModel.known(id).orElseThrow(() -> new InvalidBodyException(OpenAiError.noModel(id)));
        if (!model.isAlive(today)) {
            throw new InvalidBodyException(OpenAiError.shutDown(id));
        }
        return model;
    }

    private Canvas canvas(ObjectNode fields) throws InvalidBodyException {
        String format = oneOf(fields, "output_format", "png", FORMATS);
        boolean transparent = oneOf(fields, "background", AUTO, BACKGROUNDS).equals("transparent");
        if (transparent && format.equals("jpeg")) {
            throw invalid(
                    "invalid_value", "background", "Transparent background is not supported for output format 'jpeg'.");
        }
        boolean compressed = number(fields, "output_compression", 0, 100).isPresent();
        if (compressed && format.equals("png") && !profile.isOwnServer()) {
            throw invalid(
                    "invalid_value",
                    "output_compression",
                    "Compression less than 100 is not supported for PNG output format.");
        }
        String size = fields.path("size").asText(AUTO);
        Matcher pixels = SIZE.matcher(Set.of(AUTO, "original").contains(size) ? "1024x1024" : size);
        if (pixels.matches()) {
            int width = Integer.parseInt(pixels.group(1));
            int height = Integer.parseInt(pixels.group(2));
            if (profile.isOwnServer() ? width > 0 && height > 0 : draws(width, height)) {
                return new Canvas(width, height, format, transparent);
            }
        }
        throw invalid(
                "invalid_value",
                "size",
                "Invalid size '%s'. Width and height must be divisible by 16, at most 3840, in a ratio between 1:3 and 3:1, with 655360 to 8294400 pixels in all."
                        .formatted(size));
    }

    private static boolean draws(int width, int height) {
        int longer = Math.max(width, height);
        int shorter = Math.min(width, height);
        return width % EDGE_STEP == 0
                && height % EDGE_STEP == 0
                && longer <= EDGE_MAX
                && longer <= shorter * SIDES_RATIO_MAX
                && width * height >= PIXELS_MIN
                && width * height <= PIXELS_MAX;
    }

    private static String required(ObjectNode fields, String name) throws InvalidBodyException {
        String value = fields.path(name).asText("");
        if (value.isEmpty()) {
            throw missing(name);
        }
        return value;
    }

    private static String oneOf(ObjectNode fields, String name, String standard, List<String> values)
            throws InvalidBodyException {
        String value = fields.path(name).asText(standard);
        if (!value.equals(standard) && !values.contains(value)) {
            throw new InvalidBodyException(OpenAiError.invalidValue(name, value, String.join(", ", values)));
        }
        return value;
    }

    private static OptionalInt number(ObjectNode fields, String name, int min, int max) throws InvalidBodyException {
        JsonNode value = fields.path(name);
        if (value.isMissingNode() || value.isNull()) {
            return OptionalInt.empty();
        }
        int number = value.asInt(Integer.MIN_VALUE);
        if (number < min || number > max) {
            throw invalid(
                    number > max ? "integer_above_max_value" : "integer_below_min_value",
                    name,
                    "Invalid '%s': expected a value from %d to %d, but got %s instead."
                            .formatted(name, min, max, value));
        }
        return OptionalInt.of(number);
    }

    private static InvalidBodyException missing(String param) {
        return new InvalidBodyException(OpenAiError.missing(param));
    }

    private static InvalidBodyException duplicate(String param) {
        return invalid(
                "duplicate_parameter",
                param,
                "Duplicate parameter: '%s'. You provided multiple values for this parameter, whereas only one is allowed. If you are trying to provide a list of values, use the array syntax instead e.g. '%s[]=<value>'."
                        .formatted(param, param));
    }

    private static InvalidBodyException invalid(@Nullable String code, @Nullable String param, String message) {
        return new InvalidBodyException(OpenAiError.invalid(code, param, message));
    }
}
