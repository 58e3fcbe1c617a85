@NullMarked
package dev.renderfleet.worker;

import org.jspecify.annotations.NullMarked;
