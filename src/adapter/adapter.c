#include "adapter/adapter.h"

#include "adapter/adapters.h"

ENUM_DEFINE(AgentMode, AGENT_MODE_LIST);
ENUM_DEFINE(AgentPermission, AGENT_PERMISSION_LIST);

const Adapter *const adapters[] = {&adapter_claude, &adapter_terminal, NULL};

const Adapter *adapter_find(Str name) {
    for (const Adapter *const *a = adapters; *a; a++)
        if (str_is(name, (*a)->name)) return *a;
    return NULL;
}
