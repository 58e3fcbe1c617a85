package dev.renderfleet.worker.egress;

import java.net.UnknownHostException;
import org.jspecify.annotations.Nullable;

/** The address is not permitted. An {@link UnknownHostException}, since a resolver may throw nothing else. */
public final class ForbiddenAddressException extends UnknownHostException {
    private static final long serialVersionUID = 1L;

    ForbiddenAddressException() {
        super("not on the public internet");
    }

    /** Whether one is among the causes of an exception. */
    public static boolean isIn(@Nullable Throwable thrown) {
        if (thrown == null) {
            return false;
        }
        if (thrown instanceof ForbiddenAddressException || isIn(thrown.getCause())) {
            return true;
        }
        for (var suppressed : thrown.getSuppressed()) {
            if (isIn(suppressed)) {
                return true;
            }
        }
        return false;
    }
}
