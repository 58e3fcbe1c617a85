package dev.renderfleet.scheduler.topics;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.kafka.common.header.Headers;

/** Headers of a record as texts; of several with one name the last one counts. */
final class RecordHeaders {

    private RecordHeaders() {}

    static Map<String, String> texts(Headers headers) {
        Map<String, String> texts = new LinkedHashMap<>();
        headers.forEach(header -> {
            if (header.value() != null) {
                texts.put(header.key(), new String(header.value(), UTF_8));
            }
        });
        return texts;
    }
}
