package dev.renderfleet.catalogue;

import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.contracts.wire.DecodedJob;
import dev.renderfleet.contracts.wire.JobCodec;
import java.nio.charset.StandardCharsets;

/** Jobs for tests, from their fields as JSON in single quotes. */
final class TestJobs {

    private TestJobs() {}

    /** A job of tenant t; the prompt is {@code vase} unless the fields begin with another. */
    static RenderJob job(String fields) {
        String prompt = fields.startsWith("'prompt'") ? "" : "'prompt':'vase',";
        String json = ("{'tenant':'t','idempotencyKey':'k'," + prompt + fields + "}").replace('\'', '"');
        return switch (new JobCodec().decode(json.getBytes(StandardCharsets.UTF_8))) {
            case DecodedJob.Accepted accepted -> accepted.job();
            case DecodedJob.Refused refused -> throw new AssertionError(refused.toString());
        };
    }
}
