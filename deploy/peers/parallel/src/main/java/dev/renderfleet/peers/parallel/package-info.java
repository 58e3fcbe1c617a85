/**
 * A worker on the Confluent Parallel Consumer, to be compared with: a plain main, every setting of the library left at its default
 * unless nothing would work with it. Not a part of Renderfleet, and not for use.
 */
@NullMarked
package dev.renderfleet.peers.parallel;

import org.jspecify.annotations.NullMarked;
