@NullMarked
package dev.renderfleet.worker.inputs;

import org.jspecify.annotations.NullMarked;
