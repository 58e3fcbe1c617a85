/**
 * An S3 endpoint over a local folder that honours conditional puts, and the faults that can be laid before it. May touch S3Proxy, the HTTP server within it, and the data folder.
 */
@NullMarked
package dev.renderfleet.sandbox.s3;

import org.jspecify.annotations.NullMarked;
