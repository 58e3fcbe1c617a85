/** REST under /v1, with problems as RFC 9457 has them. May touch intake, why, routing and store; none may touch it. */
@NullMarked
package dev.renderfleet.scheduler.api;

import org.jspecify.annotations.NullMarked;
