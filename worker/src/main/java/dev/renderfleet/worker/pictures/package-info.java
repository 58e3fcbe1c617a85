/** Pictures as files: the spool and the check of a picture. Renditions will be made here. Depends on no provider and no storage. */
@NullMarked
package dev.renderfleet.worker.pictures;

import org.jspecify.annotations.NullMarked;
