package dev.renderfleet.catalogue;

import com.fasterxml.jackson.annotation.JsonProperty;

/** The servers with OpenAI's Images API that an operator may run; each has its own additions and gaps. */
public enum ServerProfile {
    @JsonProperty("vllm-omni")
    VLLM_OMNI,
    @JsonProperty("sglang")
    SGLANG,
    @JsonProperty("stable-diffusion.cpp")
    STABLE_DIFFUSION_CPP,
    @JsonProperty("localai")
    LOCALAI,
    @JsonProperty("xinference")
    XINFERENCE
}
