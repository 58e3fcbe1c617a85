/** The rules of caps and reservations. Plain Java; knows the catalogue's prices only as numbers. */
@NullMarked
package dev.renderfleet.scheduler.money;

import org.jspecify.annotations.NullMarked;
