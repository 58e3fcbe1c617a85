package dev.renderfleet.worker.providers.comfy;

import java.net.URI;
import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A ComfyUI server and what it runs.
 *
 * @param baseUrl such as {@code http://127.0.0.1:8188}
 * @param key for a proxy before it, which gets it as bearer token; null or empty: none, as ComfyUI itself has none
 * @param workflows a folder with {@code <model>.json} for each model; null: each model draws text by the built-in workflow
 * @param models ids in the catalogue
 */
public record ComfyServer(
        URI baseUrl, @Nullable String key, @Nullable Path workflows, Set<String> models) {

    public ComfyServer {
        models = Set.copyOf(models);
    }
}
