/** A free local renderer that draws a readable proof sheet. Uses the JDK's imaging only. */
@NullMarked
package dev.renderfleet.worker.models.proof;

import org.jspecify.annotations.NullMarked;
