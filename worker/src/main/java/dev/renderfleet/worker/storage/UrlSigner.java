package dev.renderfleet.worker.storage;

import java.time.Duration;

/** Signs addresses at which others read single objects of the fleet's bucket. Sends no request; safe for use by many threads. */
@FunctionalInterface
public interface UrlSigner {

    /**
     * An address that reads one object without credentials. It is a secret: never log it.
     *
     * @param life how long it is valid, in seconds, up to 7 days
     */
    String sign(String key, Duration life);
}
