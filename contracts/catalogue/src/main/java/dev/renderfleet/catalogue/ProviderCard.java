package dev.renderfleet.catalogue;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import dev.renderfleet.catalogue.Names.NewProvider;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;

/**
 * One provider of the catalogue: an account, or a server of one's own.
 *
 * @param name in settings and models
 * @param type which adapter calls it
 * @param profile which server it is, of type {@code openai-compatible}; null for other types
 * @param platform whose validity dates hold for its models; if absent {@code vertex} for that type, else the name
 * @param dayZone the zone at whose midnight a quota of requests per day begins anew; UTC if absent
 * @param concurrentCalls calls or tasks that the account may have in progress, over all models; absent: no limit
 */
public record ProviderCard(
        @JsonProperty(required = true) @JsonDeserialize(using = NewProvider.class)
        String name,

        @JsonProperty(required = true) ProviderType type,
        @Nullable ServerProfile profile,
        String platform,
        @JsonProperty("day-zone") ZoneId dayZone,
        @JsonProperty("concurrent-calls") @Nullable Integer concurrentCalls) {

    @SuppressWarnings("NullAway") // Jackson passes null for what the file leaves out.
    public ProviderCard {
        platform = platform != null ? platform : type == ProviderType.VERTEX ? "vertex" : name;
        dayZone = dayZone == null ? ZoneOffset.UTC : dayZone;
        Quota.check("concurrent-calls", concurrentCalls);
        if ((type == ProviderType.OPENAI_COMPATIBLE) != (profile != null)) {
            throw new IllegalArgumentException(
                    "provider " + name + ": profile belongs to type openai-compatible, and only to it");
        }
    }

    /** The setting that lets workers call it. */
    public String accessSetting() {
        String settings = "renderfleet.providers." + name;
        return switch (type) {
            case OPENAI_COMPATIBLE, COMFYUI -> settings + ".base-url";
            case VERTEX -> settings + ".project or " + settings + ".api-key";
            case GEMINI, OPENAI, BFL, DASHSCOPE, PROOF -> settings + ".api-key";
        };
    }
}
