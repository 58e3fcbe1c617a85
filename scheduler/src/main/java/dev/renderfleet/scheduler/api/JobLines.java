package dev.renderfleet.scheduler.api;

import dev.renderfleet.contracts.wire.JobCodec;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** Lines of NDJSON, read as they come. Of a line that is longer than a job may be, only as much is kept as shows that. For one thread. */
final class JobLines {

    private static final int BUFFER_BYTES = 64 << 10;

    private final InputStream in;
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private int position;
    private int end;

    JobLines(InputStream in) {
        this.in = in;
    }

    /** The next line without its end; null: there is none. */
    byte @Nullable [] next() throws IOException {
        var line = new ByteArrayOutputStream();
        boolean any = false;
        while (fill()) {
            any = true;
            int start = position;
            while (position < end && buffer[position] != '\n') {
                position++;
            }
            line.write(buffer, start, Math.min(position - start, JobCodec.BYTES_MAX + 1 - line.size()));
            if (position < end) {
                position++;
                return line.toByteArray();
            }
        }
        return any ? line.toByteArray() : null;
    }

    private boolean fill() throws IOException {
        if (position == end) {
            position = 0;
            end = Math.max(0, in.read(buffer));
        }
        return position < end;
    }
}
