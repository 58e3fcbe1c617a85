package dev.renderfleet.worker.storage;

import java.io.IOException;
import java.util.regex.Pattern;
import okhttp3.Response;

/**
 * An answer whose status alone decides. Taken before the MinIO client reads it, because that one loses the status of
 * an answer that is not XML, as proxies and load balancers send it.
 */
final class S3Status extends IOException {
    private static final long serialVersionUID = 1L;
    private static final long ERROR_BYTES_MAX = 2048;
    private static final Pattern S3_CODE = Pattern.compile("<Code>(\\w{1,64})</Code>");

    private final int status;

    private S3Status(int status, String message) {
        super(message);
        this.status = status;
    }

    int status() {
        return status;
    }

    static boolean decides(Response answer) {
        return switch (answer.code()) {
            case 408, 409, 412, 429 -> true;
            default -> answer.code() >= 500;
        };
    }

    /** Reads what little is of use, and closes the answer. */
    static S3Status of(Response answer) throws IOException {
        try (answer) {
            var code = S3_CODE.matcher(answer.peekBody(ERROR_BYTES_MAX).string());
            return new S3Status(answer.code(), "HTTP " + answer.code() + (code.find() ? " " + code.group(1) : ""));
        }
    }
}
