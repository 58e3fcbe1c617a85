package dev.renderfleet.worker.limits;

/**
 * What one call takes of a model's quota, beside one request.
 *
 * @param provider the provider's name in the catalogue
 * @param model the model's id in the catalogue
 * @param images pictures asked for, 0 or more
 * @param tokens an estimate of what the provider will count, 0 or more
 */
public record Need(String provider, String model, int images, long tokens) {

    public Need {
        if (images < 0 || tokens < 0) {
            throw new IllegalArgumentException(
                    "a call takes 0 or more images and tokens, not " + images + ", " + tokens);
        }
    }

    /** The name of the gate; the same as a hold's key. */
    String key() {
        return provider + "/" + model;
    }
}
