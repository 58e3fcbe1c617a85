/**
 * A plain SmallRye Reactive Messaging worker, to be compared with: one method from {@code render.jobs} to {@code render.events}, every
 * setting of the framework left at its default unless nothing would work with it. Not a part of Renderfleet, and not for use.
 */
@NullMarked
package dev.renderfleet.peers.smallrye;

import org.jspecify.annotations.NullMarked;
