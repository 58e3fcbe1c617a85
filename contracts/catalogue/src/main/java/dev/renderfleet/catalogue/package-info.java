/**
 * Chooses the model of a job ({@link dev.renderfleet.catalogue.Router}) and computes what calls cost ({@link
 * dev.renderfleet.catalogue.Prices}), as pure functions of the catalogue. Uses no clock, no network, no SDK.
 */
@NullMarked
package dev.renderfleet.catalogue;

import org.jspecify.annotations.NullMarked;
