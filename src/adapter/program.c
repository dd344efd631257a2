/* See program.h. Where each CLI keeps its login, as its own documentation says. */
#include "adapter/program.h"

#include "base/mem.h"

static const AdapterProgram programs[] = {
    {.adapter = "claude",
     .title = "Claude Code",
     .login = "claude /login",
     .keys = {"ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN"},
     .logins = {{"CLAUDE_CONFIG_DIR", ".claude", ".credentials.json"}},
     .tested_versions = {"2.1.112", "2.1.329"}},
    {.adapter = "gemini",
     .title = "Gemini CLI",
     .login = "gemini",
     .keys = {"GEMINI_API_KEY", "GOOGLE_API_KEY"},
     .logins = {{NULL, ".gemini", "oauth_creds.json"}, {NULL, ".gemini", "gemini-credentials.json"}},
     .settings = {{NULL, ".gemini", "settings.json"}, {NULL, ".gemini", ".env"}},
     .tested_versions = {"0.61.0"}},
    {.adapter = "opencode",
     .title = "opencode",
     .login = "opencode auth login",
     .logins = {{"XDG_DATA_HOME", ".local/share", "opencode/auth.json"}},
     .may_need_none = true,
     .tested_versions = {"1.18.33"}},
    {.adapter = "qwen",
     .title = "Qwen Code",
     .login = "qwen",
     .keys = {"OPENAI_API_KEY"},
     .logins = {{NULL, ".qwen", "oauth_creds.json"}},
     .settings = {{NULL, ".qwen", "settings.json"}, {NULL, ".qwen", ".env"}},
     .tested_versions = {"0.24.4"}},
};

const AdapterProgram *adapter_program(const Adapter *ad) {
    for (size_t i = 0; i < COUNT_OF(programs); i++)
        if (str_is(str(ad->name), programs[i].adapter)) return &programs[i];
    return NULL;
}
