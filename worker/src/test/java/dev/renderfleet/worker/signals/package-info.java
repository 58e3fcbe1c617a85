@NullMarked
package dev.renderfleet.worker.signals;

import org.jspecify.annotations.NullMarked;
