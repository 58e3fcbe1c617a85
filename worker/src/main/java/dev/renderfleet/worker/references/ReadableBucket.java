package dev.renderfleet.worker.references;

import dev.renderfleet.worker.storage.ObjectStore;

/**
 * A bucket that references may point into.
 *
 * @param prefixTemplate prefix of readable keys; {@code {tenant}} stands for the job's tenant. Without it all tenants read the same
 *     objects
 */
public record ReadableBucket(ObjectStore store, String prefixTemplate) {

    static final String TENANT = "{tenant}";

    public ReadableBucket {
        if (!prefixTemplate.isEmpty() && !prefixTemplate.endsWith("/")) {
            throw new IllegalArgumentException("the prefix " + prefixTemplate + " of bucket " + store.bucket()
                    + " must end with a slash: tenant a must not read what is tenant ab's");
        }
    }

    boolean permits(String tenant, String key) {
        return key.startsWith(prefixTemplate.replace(TENANT, tenant));
    }
}
