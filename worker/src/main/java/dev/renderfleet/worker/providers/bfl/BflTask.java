package dev.renderfleet.worker.providers.bfl;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import okhttp3.HttpUrl;
import org.jspecify.annotations.Nullable;

/**
 * An accepted task. Its text is in the ledgers of running jobs: later versions must read it.
 *
 * @param pollingUrl null if BFL named none, or one on a host that must not get the key
 * @param usdMicros what BFL says it costs; null if it says nothing
 */
record BflTask(
        String id, @Nullable HttpUrl pollingUrl, @Nullable Long usdMicros) {

    private static final Pattern ID = Pattern.compile("[A-Za-z0-9._:-]{1,200}");
    private static final int URL_CHARS_MAX = 1_500;
    private static final String NONE = "-";
    private static final Pattern TEXT = Pattern.compile("(" + ID.pattern() + ") (\\S+) (-|\\d{1,15})");

    /** A credit is one US cent. */
    private static final BigDecimal USD_MICROS_PER_CREDIT = BigDecimal.valueOf(10_000);

    private static final BigDecimal CREDITS_MAX = BigDecimal.valueOf(1_000_000);

    /**
     * The task in the answer to a submission; null if it has none.
     *
     * @param whole false: the answer broke off, so its cost may lack digits
     */
    static @Nullable BflTask accepted(JsonNode answer, boolean whole) {
        String id = answer.path("id").asText("");
        return ID.matcher(id).matches()
                ? new BflTask(
                        id, url(answer.path("polling_url").asText("")), whole ? usdMicros(answer.path("cost")) : null)
                : null;
    }

    /** The task with that text; null if it is none. */
    static @Nullable BflTask parse(String text) {
        Matcher parts = TEXT.matcher(text);
        if (!parts.matches()) {
            return null;
        }
        String usdMicros = parts.group(3);
        return new BflTask(
                parts.group(1), url(parts.group(2)), usdMicros.equals(NONE) ? null : Long.valueOf(usdMicros));
    }

    /** Id, polling URL and cost in millionths of a US dollar. */
    String text() {
        return "%s %s %s".formatted(id, pollingUrl == null ? NONE : pollingUrl, usdMicros == null ? NONE : usdMicros);
    }

    /** The address to ask: BFL's own for this task if it may get the key, else the one below {@code base}. */
    HttpUrl askAt(HttpUrl base) {
        HttpUrl url = pollingUrl != null && mayGetKey(pollingUrl, base)
                ? pollingUrl
                : base.newBuilder().addPathSegments("v1/get_result").build();
        return url.queryParameter("id") == null
                ? url.newBuilder().addQueryParameter("id", id).build()
                : url;
    }

    private static boolean mayGetKey(HttpUrl url, HttpUrl base) {
        boolean bfl =
                url.isHttps() && (url.host().equals("bfl.ai") || url.host().endsWith(".bfl.ai"));
        boolean own = url.scheme().equals(base.scheme()) && url.host().equals(base.host()) && url.port() == base.port();
        return bfl || own;
    }

    private static @Nullable HttpUrl url(String text) {
        return text.length() > URL_CHARS_MAX ? null : HttpUrl.parse(text);
    }

    private static @Nullable Long usdMicros(JsonNode cost) {
        if (!cost.isNumber()) {
            return null;
        }
        BigDecimal credits = cost.decimalValue();
        return credits.signum() < 0 || credits.compareTo(CREDITS_MAX) > 0
                ? null
                : credits.multiply(USD_MICROS_PER_CREDIT)
                        .setScale(0, RoundingMode.HALF_UP)
                        .longValueExact();
    }
}
