/**
 * Qwen-Image and Wan models of Alibaba's Model Studio (DashScope), by plain HTTP: calls that wait, and tasks. Uses the wire and the spool.
 */
@NullMarked
package dev.renderfleet.worker.providers.dashscope;

import org.jspecify.annotations.NullMarked;
