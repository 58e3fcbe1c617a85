/**
 * The render job and its parts as plain values, without validation: the wire package validates foreign bytes. Depends on the JDK
 * only.
 */
@NullMarked
package dev.renderfleet.contracts.job;

import org.jspecify.annotations.NullMarked;
