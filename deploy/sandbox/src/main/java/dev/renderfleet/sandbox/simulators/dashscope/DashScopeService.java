package dev.renderfleet.sandbox.simulators.dashscope;

import java.util.EnumSet;
import java.util.Optional;

/** The routes of calls. */
enum DashScopeService {
    /** Waits for the pictures. */
    MULTIMODAL("multimodal-generation/generation", false),
    /** Answers with a task. */
    IMAGE("image-generation/generation", true),
    /** Answers with a task. Only for older models: the input is a prompt in place of messages, the output results in place of choices. */
    TEXT2IMAGE("text2image/image-synthesis", true);

    private final String path;
    private final boolean async;

    DashScopeService(String path, boolean async) {
        this.path = "/api/v1/services/aigc/" + path;
        this.async = async;
    }

    static Optional<DashScopeService> of(String method, String path) {
        return EnumSet.allOf(DashScopeService.class).stream()
                .filter(service -> method.equals("POST") && path.equals(service.path))
                .findFirst();
    }

    boolean async() {
        return async;
    }
}
