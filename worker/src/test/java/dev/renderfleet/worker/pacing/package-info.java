@NullMarked
package dev.renderfleet.worker.pacing;

import org.jspecify.annotations.NullMarked;
