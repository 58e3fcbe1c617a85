/**
 * A small HTTP/1.1 server whose every byte and every reset can be chosen, which the JDK's own does not allow. May touch sockets and nothing of the other packages.
 */
@NullMarked
package dev.renderfleet.sandbox.http;

import org.jspecify.annotations.NullMarked;
