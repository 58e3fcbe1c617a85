@NullMarked
package dev.renderfleet.worker.limits;

import org.jspecify.annotations.NullMarked;
