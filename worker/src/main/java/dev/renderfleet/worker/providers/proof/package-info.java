/** A free local renderer that draws a readable proof sheet. Uses the JDK's imaging only. */
@NullMarked
package dev.renderfleet.worker.providers.proof;

import org.jspecify.annotations.NullMarked;
