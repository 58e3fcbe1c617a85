package dev.renderfleet.contracts.identity;

import dev.renderfleet.contracts.job.Grounding;
import dev.renderfleet.contracts.job.Output;
import dev.renderfleet.contracts.job.Reference;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.contracts.job.Rendition;
import dev.renderfleet.contracts.job.Routing;
import dev.renderfleet.contracts.job.Routing.Fallback;
import dev.renderfleet.contracts.job.Routing.Preference;
import dev.renderfleet.contracts.job.WireNamed;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * SHA-256 of the canonical JSON of the fields that decide the result: model, routing, prompt (filled in), references, parent, output,
 * grounding, thinking, seed and the label {@code locale}. Time, price and tenant are not part of it. Explicit defaults count as absent,
 * so adding one changes nothing.
 *
 * <p>Pure. Stored outcomes are found by it, so a change of this class or of a default is a new version of the message.
 */
public final class Fingerprint {

    private Fingerprint() {}

    /** The job's fingerprint, 64 lower-case hex characters. */
    public static String of(RenderJob job) {
        return Sha256.hex(CanonicalJson.of(deciding(job)));
    }

    /** The deciding fields in normal form, before canonicalisation. Other languages compute the same. */
    static Map<String, Object> deciding(RenderJob job) {
        Fields fields = new Fields();
        fields.put("model", job.model());
        fields.put("routing", job.routing() == null ? null : routing(job.routing()));
        fields.put("prompt", job.prompt().resolved());
        fields.put(
                "references",
                job.references().stream().map(Fingerprint::reference).toList());
        fields.put("parent", job.parent());
        fields.put("output", output(job.output()));
        fields.put("grounding", job.grounding() == null ? null : grounding(job.grounding()));
        fields.put("thinking", wireName(job.thinking()));
        fields.put("seed", job.seed());
        fields.put("locale", job.locale());
        return fields.present;
    }

    private static Map<String, Object> routing(Routing routing) {
        Fields fields = new Fields();
        // Semantically a set: order and repetition do not matter.
        fields.put(
                "requirements",
                routing.requirements().stream().distinct().sorted().toList());
        fields.put("preference", routing.preference() == Preference.COST ? null : wireName(routing.preference()));
        fields.put("fallback", routing.fallback() == Fallback.NONE ? null : wireName(routing.fallback()));
        return fields.present;
    }

    private static Map<String, Object> reference(Reference reference) {
        Fields fields = new Fields();
        fields.put("uri", reference.uri().toString());
        fields.put("role", reference.role().wireName());
        fields.put("sha256", reference.sha256());
        return fields.present;
    }

    private static Map<String, Object> output(Output output) {
        Fields fields = new Fields();
        fields.put("aspectRatio", output.aspectRatio());
        fields.put(
                "size",
                output.size() == Output.DEFAULT.size() ? null : output.size().wireName());
        fields.put("count", output.count() == Output.DEFAULT.count() ? null : output.count());
        fields.put("format", wireName(output.format()));
        fields.put("quality", wireName(output.quality()));
        fields.put("background", wireName(output.background()));
        fields.put(
                "renditions",
                output.renditions().stream().map(Fingerprint::rendition).toList());
        return fields.present;
    }

    private static Map<String, Object> rendition(Rendition rendition) {
        Fields fields = new Fields();
        fields.put("name", rendition.name());
        fields.put("width", rendition.width());
        fields.put("height", rendition.height());
        fields.put("format", wireName(rendition.format()));
        return fields.present;
    }

    private static Map<String, Object> grounding(Grounding grounding) {
        Fields fields = new Fields();
        fields.put("webSearch", grounding.webSearch() ? true : null);
        fields.put("imageSearch", grounding.imageSearch() ? true : null);
        return fields.present;
    }

    private static @Nullable String wireName(@Nullable WireNamed constant) {
        return constant == null ? null : constant.wireName();
    }

    /** Omits null, empty lists and empty objects. */
    private static final class Fields {
        private final Map<String, Object> present = new TreeMap<>();

        void put(String name, @Nullable Object value) {
            switch (value) {
                case null -> {}
                case List<?> list when list.isEmpty() -> {}
                case Map<?, ?> map when map.isEmpty() -> {}
                default -> present.put(name, value);
            }
        }
    }
}
