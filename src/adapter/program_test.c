/* Each CLI that an adapter runs is described for people. */
#include "adapter/program.h"
#include "base/test.h"

TEST(each_adapter_with_a_program_says_what_it_is_how_to_install_it_and_how_to_log_in) {
    for (const Adapter *const *ad = adapters; *ad; ad++) {
        const AdapterProgram *p = adapter_program(*ad);
        if (!(*ad)->program) {
            CHECK(!p);
            continue;
        }
        if (!p || !p->title || !p->login || !p->tested_versions[0] || !(*ad)->install)
            test_fail(__FILE__, __LINE__, "%s is not described", (*ad)->name);
    }
}
