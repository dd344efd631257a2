/* See program.h. Where each CLI keeps its login, as its own documentation says. */
#include "adapter/program.h"

#include "base/mem.h"

static const AdapterProgram programs[] = {
    {.adapter = "claude",
     .title = "Claude Code",
     .login = "claude /login",
     .keys = {"ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN"},
     .logins = {{"CLAUDE_CONFIG_DIR", ".claude", ".credentials.json"}},
     .scripted = {"ANTHROPIC_BASE_URL=${url}", "ANTHROPIC_API_KEY=scripted-model",
                  "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1"},
     .tested_versions = {"2.1.112", "2.1.329"}},
    {.adapter = "gemini",
     .title = "Gemini CLI",
     .login = "gemini",
     .keys = {"GEMINI_API_KEY", "GOOGLE_API_KEY"},
     .logins = {{NULL, ".gemini", "oauth_creds.json"}, {NULL, ".gemini", "gemini-credentials.json"}},
     .settings = {{NULL, ".gemini", "settings.json"}, {NULL, ".gemini", ".env"}},
     .scripted = {"GOOGLE_GEMINI_BASE_URL=${url}", "GEMINI_API_KEY=scripted-model", "GEMINI_MODEL=gemini-2.5-flash",
                  "GEMINI_DEFAULT_AUTH_TYPE=gemini-api-key"},
     .tested_versions = {"0.61.0"}},
    {.adapter = "opencode",
     .title = "opencode",
     .login = "opencode auth login",
     .logins = {{"XDG_DATA_HOME", ".local/share", "opencode/auth.json"}},
     .scripted = {"OPENCODE_CONFIG_CONTENT={\"model\":\"scripted/scripted\",\"agent\":{\"title\":{\"disable\":true}},"
                  "\"provider\":{\"scripted\":{\"npm\":\"@ai-sdk/openai-compatible\",\"options\":{\"baseURL\":"
                  "\"${url}/v1\",\"apiKey\":\"scripted-model\"},\"models\":{\"scripted\":{\"name\":\"Scripted\","
                  "\"limit\":{\"context\":200000,\"output\":32000}}}}}}",
                  "OPENCODE_DISABLE_AUTOUPDATE=1", "OPENCODE_DISABLE_MODELS_FETCH=1",
                  "OPENCODE_DISABLE_LSP_DOWNLOAD=1"},
     .may_need_none = true,
     .tested_versions = {"1.18.33"}},
    {.adapter = "qwen",
     .title = "Qwen Code",
     .login = "qwen",
     .keys = {"OPENAI_API_KEY"},
     .logins = {{NULL, ".qwen", "oauth_creds.json"}},
     .settings = {{NULL, ".qwen", "settings.json"}, {NULL, ".qwen", ".env"}},
     .scripted = {"OPENAI_BASE_URL=${url}/v1", "OPENAI_API_KEY=scripted-model", "OPENAI_MODEL=scripted"},
     .tested_versions = {"0.24.4"}},
    {.adapter = "codex",
     .title = "Codex",
     .login = "codex login",
     .keys = {"CODEX_API_KEY"},
     .logins = {{"CODEX_HOME", ".codex", "auth.json"}},
     .settings = {{"CODEX_HOME", ".codex", "config.toml"}},
     .tested_versions = {"0.169.0"}},
};

const AdapterProgram *adapter_program(const Adapter *ad) {
    for (size_t i = 0; i < COUNT_OF(programs); i++)
        if (str_is(str(ad->name), programs[i].adapter)) return &programs[i];
    return NULL;
}
