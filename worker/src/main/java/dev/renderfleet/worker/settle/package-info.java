/**
 * Publishes events and dead letters and commits offsets, in one transaction. The only package that produces records of jobs or commits
 * offsets.
 */
@NullMarked
package dev.renderfleet.worker.settle;

import org.jspecify.annotations.NullMarked;
