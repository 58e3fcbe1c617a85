@NullMarked
package dev.renderfleet.worker.settle;

import org.jspecify.annotations.NullMarked;
