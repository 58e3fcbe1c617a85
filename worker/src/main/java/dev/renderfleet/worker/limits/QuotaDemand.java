package dev.renderfleet.worker.limits;

/**
 * The part of a model's quota that one call uses, beside one request.
 *
 * @param provider the provider's name in the catalogue
 * @param model the model's id in the catalogue
 * @param images requested, 0 or more
 * @param tokens estimated, 0 or more
 */
public record QuotaDemand(String provider, String model, int images, long tokens) {

    public QuotaDemand {
        if (images < 0 || tokens < 0) {
            throw new IllegalArgumentException(
                    "a call takes 0 or more images and tokens, not " + images + ", " + tokens);
        }
    }

    /** Of a task that the provider has accepted: it takes nothing more. */
    public static QuotaDemand ofTask(String provider, String model) {
        return new QuotaDemand(provider, model, 0, 0);
    }

    /** Identifies the model, as {@code Hold.key()} does. */
    String key() {
        return provider + "/" + model;
    }
}
