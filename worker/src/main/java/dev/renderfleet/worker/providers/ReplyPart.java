package dev.renderfleet.worker.providers;

import org.jspecify.annotations.Nullable;

/**
 * A part of a model's reply, to be sent back unchanged when the conversation goes on.
 *
 * @param text null: it is the picture
 * @param signature of the model's thoughts, in base64; null: none
 */
public record ReplyPart(@Nullable String text, @Nullable String signature) {}
