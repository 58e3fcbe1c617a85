@NullMarked
package dev.renderfleet.catalogue;

import org.jspecify.annotations.NullMarked;
