package dev.renderfleet.worker.storage;

import io.minio.errors.ErrorResponseException;
import io.minio.errors.MinioException;
import java.io.IOException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * What went wrong in one attempt. The only place that knows the exceptions of the MinIO client and its HTTP client.
 * Messages of the SDK that print whole requests are left out: a log is no place for credentials.
 */
final class S3Fault extends Exception {
    private static final long serialVersionUID = 1L;

    enum Kind {
        /** The condition of a put did not hold: nothing was written. */
        CONDITION_FAILED,
        /** Another write to the key was under way: nothing was written, the same put may be sent again. */
        CONFLICT,
        /** There is no such key. */
        KEY_ABSENT,
        /** No answer, or one that says "later". The store may have done what was asked. */
        TRANSIENT,
        /** Repeating will not help: credentials, bucket, region, an answer that is none. */
        PERMANENT
    }

    private final Kind kind;

    S3Fault(Kind kind, @Nullable String message, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    Kind kind() {
        return kind;
    }

    static S3Fault of(Throwable thrown) {
        return switch (thrown) {
            case ExecutionException e when e.getCause() != null -> of(e.getCause());
            case CompletionException e when e.getCause() != null -> of(e.getCause());
            case S3Status e -> new S3Fault(kindOf(e.status()), e.getMessage(), null);
            case ErrorResponseException e -> ofAnswer(e);
            case MinioException e when e.getCause() instanceof IOException io -> of(io);
            case MinioException e -> new S3Fault(Kind.PERMANENT, e.getMessage(), null);
            case SSLException e ->
                new S3Fault(
                        Kind.TRANSIENT,
                        "no TLS connection (a private certificate authority is set by renderfleet.s3.ca-file): " + e,
                        e);
            case IOException e -> new S3Fault(Kind.TRANSIENT, "no answer: " + e, e);
            default -> new S3Fault(Kind.PERMANENT, thrown.toString(), thrown);
        };
    }

    private static S3Fault ofAnswer(ErrorResponseException e) {
        var code = e.errorResponse().code();
        var status = e.response() == null ? 0 : e.response().code();
        var kind = "NoSuchKey".equals(code) ? Kind.KEY_ABSENT : Kind.PERMANENT;
        return new S3Fault(
                kind, "HTTP " + status + " " + code + ", " + e.errorResponse().message(), null);
    }

    private static Kind kindOf(int status) {
        return switch (status) {
            case 412 -> Kind.CONDITION_FAILED;
            case 409 -> Kind.CONFLICT;
            case 501 -> Kind.PERMANENT;
            default -> Kind.TRANSIENT;
        };
    }
}
