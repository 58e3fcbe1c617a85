package dev.renderfleet.contracts.signal;

import java.time.Instant;

/**
 * A released job is not wanted any more. The worker that has it makes no further call for it; a call that is out is finished. Published
 * again until the job has ended, so compaction may drop all but the last.
 *
 * @param jobId of 40 hex digits
 * @param record the job's last record on {@code render.jobs} that is canceled, as {@code topic/partition/offset}: it and earlier ones of
 *     that partition, so that a job that is released again later is not concerned
 * @param until when readers may forget the signal, by the sender's clock
 * @param origin the sending process, unique among running processes
 */
public record Cancel(String jobId, String record, Instant until, String origin) implements Signal {

    /** Of all these records. */
    public static final String KEY = "cancel";

    @Override
    public String key() {
        return KEY;
    }
}
