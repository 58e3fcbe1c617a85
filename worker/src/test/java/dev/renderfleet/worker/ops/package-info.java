@NullMarked
package dev.renderfleet.worker.ops;

import org.jspecify.annotations.NullMarked;
