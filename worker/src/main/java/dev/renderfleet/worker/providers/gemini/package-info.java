/** Google's image models. The only package that uses google-genai. */
@NullMarked
package dev.renderfleet.worker.providers.gemini;

import org.jspecify.annotations.NullMarked;
