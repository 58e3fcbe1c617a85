/**
 * An S3 endpoint over a local folder that honours conditional puts. May touch S3Proxy and the data folder.
 */
@NullMarked
package dev.renderfleet.sandbox.s3;

import org.jspecify.annotations.NullMarked;
