/** A worker with one planted bug, to show that the judge sees it. Replaces single parts of the worker by CDI alternatives; never shipped. */
@NullMarked
package dev.renderfleet.testbed.planted;

import org.jspecify.annotations.NullMarked;
