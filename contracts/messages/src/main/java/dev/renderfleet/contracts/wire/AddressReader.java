package dev.renderfleet.contracts.wire;

import dev.renderfleet.contracts.job.Reference;
import dev.renderfleet.contracts.job.ReferenceRole;
import dev.renderfleet.contracts.wire.AddressRules.Objection;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Reads the fields that hold addresses: references and callback. */
final class AddressReader {

    static final int REFERENCE_COUNT_MAX = 14;

    private AddressReader() {}

    static List<Reference> references(JsonFields job) {
        List<Reference> references = new ArrayList<>();
        for (JsonFields reference : job.objects("references", REFERENCE_COUNT_MAX)) {
            URI uri = uri(reference, "uri", reference.text("uri"));
            check(AddressRules.toReference(uri), reference.at("uri"));
            ReferenceRole role = reference.oneOfOrNull("role", ReferenceRole.class);
            if (role == null) {
                throw reference.violation("role", "role is missing; say product, style, character, background or mask");
            }
            String sha256 = reference.textOrNull("sha256");
            if (sha256 != null) {
                String rule = "sha256 has 64 hex characters in lower case";
                RuleViolation.check(reference.at("sha256"), TextRules.matching(TextRules.SHA256, sha256, rule));
            }
            references.add(new Reference(uri, role, sha256));
        }
        return references;
    }

    static @Nullable URI callback(JsonFields job) {
        String text = job.textOrNull("callback");
        if (text == null) {
            return null;
        }
        URI callback = uri(job, "callback", text);
        check(AddressRules.toCallback(callback), job.at("callback"));
        return callback;
    }

    private static void check(@Nullable Objection objection, JsonPath at) {
        if (objection != null) {
            throw new RuleViolation(objection.code(), at.shown(), objection.message());
        }
    }

    private static URI uri(JsonFields fields, String name, String text) {
        URI uri = AddressRules.parse(text);
        if (uri == null) {
            throw fields.violation(
                    name,
                    String.format(
                            Locale.ROOT,
                            "%s must be an address of at most %,d characters, with spaces and special characters escaped",
                            name,
                            AddressRules.URI_CHARS_MAX));
        }
        return uri;
    }
}
