/** OpenAI's Images API, by plain HTTP, also as other servers have it. Uses the wire, the spool and the mask's translation. */
@NullMarked
package dev.renderfleet.worker.providers.openai;

import org.jspecify.annotations.NullMarked;
