package dev.renderfleet.worker.storage;

import io.minio.errors.ErrorResponseException;
import io.minio.errors.MinioException;
import java.io.IOException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Classifies the failure of one attempt. The only place that knows the exceptions of the MinIO client and its HTTP client.
 * Drops SDK messages that print whole requests, since these contain credentials.
 */
final class S3Exception extends Exception {
    private static final long serialVersionUID = 1L;

    enum Kind {
        /** The condition of a put did not hold: nothing was written. */
        CONDITION_FAILED,
        /** A concurrent write to the key was in progress: nothing was written, the put may be repeated. */
        CONFLICT,
        /** There is no such key. */
        KEY_ABSENT,
        /** The store refuses this object: archived, encrypted with another key, or access denied. */
        DENIED,
        /** No response, or a retryable status or code. The request may have been executed. */
        TRANSIENT,
        /** A retry will not help before the set-up is repaired: credentials, bucket, region, malformed response. */
        PERMANENT
    }

    private final Kind kind;

    S3Exception(Kind kind, @Nullable String message, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    Kind kind() {
        return kind;
    }

    static S3Exception of(Throwable thrown) {
        return switch (thrown) {
            case ExecutionException e when e.getCause() != null -> of(e.getCause());
            case CompletionException e when e.getCause() != null -> of(e.getCause());
            case S3StatusException e -> new S3Exception(kindOf(e.status()), e.getMessage(), null);
            case ErrorResponseException e -> ofAnswer(e);
            case MinioException e when e.getCause() instanceof IOException io -> of(io);
            case MinioException e -> new S3Exception(Kind.PERMANENT, e.getMessage(), null);
            case SSLException e ->
                new S3Exception(
                        Kind.TRANSIENT,
                        "no TLS connection (a private certificate authority is set by renderfleet.s3.ca-file): " + e,
                        e);
            case IOException e -> new S3Exception(Kind.TRANSIENT, "no answer: " + e, e);
            default -> new S3Exception(Kind.PERMANENT, thrown.toString(), thrown);
        };
    }

    private static S3Exception ofAnswer(ErrorResponseException e) {
        var code = e.errorResponse().code();
        var status = e.response() == null ? 0 : e.response().code();
        var kind = kindOf(String.valueOf(code));
        return new S3Exception(
                kind, "HTTP " + status + " " + code + ", " + e.errorResponse().message(), null);
    }

    private static Kind kindOf(String code) {
        return switch (code) {
            case "NoSuchKey" -> Kind.KEY_ABSENT;
            // Clocks that deviate for a while, and time-outs with status 400 or 403.
            case "RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture", "RequestTimeout" -> Kind.TRANSIENT;
            case "AccessDenied", "InvalidObjectState" -> Kind.DENIED;
            default -> code.startsWith("KMS.") ? Kind.DENIED : Kind.PERMANENT;
        };
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
