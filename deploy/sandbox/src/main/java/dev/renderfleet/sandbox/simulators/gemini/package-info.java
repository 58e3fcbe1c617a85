/**
 * Google's Gemini API as a simulator: its wire protocol, errors, models and prices. May touch what all simulators share, the http and pictures packages.
 */
@NullMarked
package dev.renderfleet.sandbox.simulators.gemini;

import org.jspecify.annotations.NullMarked;
