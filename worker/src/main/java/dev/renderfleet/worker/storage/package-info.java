/** The port to S3-compatible storage and its MinIO adapter. The only package that uses the MinIO client. */
@NullMarked
package dev.renderfleet.worker.storage;

import org.jspecify.annotations.NullMarked;
