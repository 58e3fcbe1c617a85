@NullMarked
package dev.renderfleet.worker.render;

import org.jspecify.annotations.NullMarked;
