@NullMarked
package dev.renderfleet.worker.chaos;

import org.jspecify.annotations.NullMarked;
