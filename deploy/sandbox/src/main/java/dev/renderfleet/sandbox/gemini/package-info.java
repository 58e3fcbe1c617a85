/**
 * The Gemini API as a simulator: the real wire protocol, its refusals, quotas, faults and a billing ledger. May touch the http and pictures packages; the control package steers it.
 */
@NullMarked
package dev.renderfleet.sandbox.gemini;

import org.jspecify.annotations.NullMarked;
