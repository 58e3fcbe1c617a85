/**
 * OpenAI's Images API, simulated: models, checks, answers, errors and usage. May touch the shared simulators, http and pictures packages, and no other provider's package.
 */
@NullMarked
package dev.renderfleet.sandbox.simulators.openai;

import org.jspecify.annotations.NullMarked;
