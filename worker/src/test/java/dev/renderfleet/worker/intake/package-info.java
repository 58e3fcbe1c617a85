@NullMarked
package dev.renderfleet.worker.intake;

import org.jspecify.annotations.NullMarked;
