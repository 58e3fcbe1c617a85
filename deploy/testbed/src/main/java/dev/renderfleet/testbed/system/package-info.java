/** Starts, tracks and stops sandbox, workers and scheduler. The only package that starts processes. */
@NullMarked
package dev.renderfleet.testbed.system;

import org.jspecify.annotations.NullMarked;
