/** Guards connections to addresses that tenants or providers name. Depends on nothing of ours but the rules of public hosts. */
@NullMarked
package dev.renderfleet.worker.egress;

import org.jspecify.annotations.NullMarked;
