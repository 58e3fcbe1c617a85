package dev.renderfleet.worker.storage;

/** The key layout of the fleet's bucket. Operators refer to these prefixes in access rules and lifecycle rules. */
public final class ObjectKeys {

    /** Names the fleet that the bucket belongs to. */
    public static final String OWNER = "fleet.json";

    /** Ledger entries. No reference may point here. */
    public static final String LEDGER = "ledger/";

    private static final String PROBES = LEDGER + ".probe/";
    private static final String INPUTS = "inputs/";
    private static final String IMAGES = "assets/";
    private static final String SESSIONS = "sessions/";
    private static final String QUARANTINE = "quarantine/";
    private static final String LENT = "lent/";

    private ObjectKeys() {}

    /** The ledger entry of a job. */
    public static String ledgerEntry(String jobId) {
        return LEDGER + jobId + ".json";
    }

    /** A rendered image. The digest in the key makes repeated writes of the same image idempotent. */
    public static String image(String tenant, String jobId, String sha256, String extension) {
        return images(tenant) + jobId + "/" + sha256 + extension;
    }

    /** The conversation with a model in which the image of that key was drawn. No reference may point here. */
    public static String session(String imageKey) {
        String path = imageKey.startsWith(IMAGES) ? imageKey.substring(IMAGES.length()) : imageKey;
        return SESSIONS + path.replaceFirst("\\.[a-z]+$", "") + ".json";
    }

    /** A paid picture that the worker refused. No reference may point here. */
    public static String quarantined(String tenant, String jobId, String sha256, String extension) {
        return QUARANTINE + tenant + "/" + jobId + "/" + sha256 + extension;
    }

    /** A picture that a provider reads during one call. No reference may point here. */
    public static String lent(String name) {
        return LENT + name;
    }

    /** Whether the object of that key is an image whose digest is in the key, so that its content never changes. */
    public static boolean isImage(String key, String sha256) {
        return key.startsWith(IMAGES) && key.contains("/" + sha256 + ".");
    }

    /** Prefix of a tenant's rendered images. */
    public static String images(String tenant) {
        return IMAGES + tenant + "/";
    }

    /** Prefix of the reference images that a tenant has uploaded. */
    public static String inputs(String tenant) {
        return INPUTS + tenant + "/";
    }

    /** A short-lived object of {@link ConditionalPutProbe}. */
    static String probe(String name) {
        return PROBES + name;
    }
}
