#include "adapter/adapter.h"

#include "adapter/adapters.h"
#include "base/mem.h"

ENUM_DEFINE(AgentMode, AGENT_MODE_LIST);
ENUM_DEFINE(AgentEffort, AGENT_EFFORT_LIST);
ENUM_DEFINE(AgentPermission, AGENT_PERMISSION_LIST);
ENUM_DEFINE(AdapterOption, ADAPTER_OPTION_LIST);

#define ADAPTER_ROW_(name) &adapter_##name,
const Adapter *const adapters[] = {ADAPTER_LIST(ADAPTER_ROW_) NULL};
#define ADAPTER_WORD_(name) #name,
static const char *const AdapterName_words[] = {ADAPTER_LIST(ADAPTER_WORD_)};
const EnumDef AdapterName_enum = {"AdapterName", AdapterName_words, COUNT_OF(AdapterName_words)};

const Adapter *adapter_find(Str name) {
    for (const Adapter *const *a = adapters; *a; a++)
        if (str_is(name, (*a)->name)) return *a;
    return NULL;
}
