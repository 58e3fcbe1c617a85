package dev.renderfleet.testbed;

import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.testcontainers.DockerClientFactory;

/** Skips a test of {@link TestParts} that is to run on containers where no Docker engine answers. */
public final class PartsCondition implements ExecutionCondition {

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        return TestParts.onContainers() && !DockerClientFactory.instance().isDockerAvailable()
                ? ConditionEvaluationResult.disabled(
                        "SKIPPED: no Docker engine answers; deploy/images/prepare brings one up")
                : ConditionEvaluationResult.enabled("the parts can be had");
    }
}
