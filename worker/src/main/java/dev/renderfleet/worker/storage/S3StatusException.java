package dev.renderfleet.worker.storage;

import java.io.IOException;
import java.util.regex.Pattern;
import okhttp3.Response;

/**
 * A response whose status alone decides. Thrown before the MinIO client reads the response, because the client loses the status
 * of a body that is not XML, as proxies and load balancers send it.
 */
final class S3StatusException extends IOException {
    private static final long serialVersionUID = 1L;
    private static final long ERROR_BYTES_MAX = 2048;
    private static final Pattern S3_CODE = Pattern.compile("<Code>(\\w{1,64})</Code>");

    private final int status;

    private S3StatusException(int status, String message) {
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

    /** Reads the S3 error code, if any, and closes the response. */
    static S3StatusException of(Response answer) throws IOException {
        try (answer) {
            var code = S3_CODE.matcher(answer.peekBody(ERROR_BYTES_MAX).string());
            return new S3StatusException(
                    answer.code(), "HTTP " + answer.code() + (code.find() ? " " + code.group(1) : ""));
        }
    }
}
