#include "base/inputcode.h"

#include <linux/input-event-codes.h>

#include "base/test.h"

TEST(keys_and_buttons_are_found_by_name) {
    static const struct {
        InputCodeKind kind;
        const char *name;
        int code; /* -1: there is none */
    } cases[] = {
        {INPUT_CODE_KEY, "a", KEY_A},
        {INPUT_CODE_KEY, "A", KEY_A},
        {INPUT_CODE_KEY, "KEY_LEFTSHIFT", KEY_LEFTSHIFT},
        {INPUT_CODE_KEY, "key_1", KEY_1},
        {INPUT_CODE_KEY, "1", KEY_1},
        {INPUT_CODE_KEY, "left", KEY_LEFT},
        {INPUT_CODE_KEY, "Hanguel", KEY_HANGUEL},
        {INPUT_CODE_KEY, "btn_left", -1},
        {INPUT_CODE_KEY, "reserved", -1},
        {INPUT_CODE_KEY, "max", -1},
        {INPUT_CODE_KEY, "", -1},
        {INPUT_CODE_KEY, "key_", -1},
        {INPUT_CODE_KEY, "key_key_a", -1},
        {INPUT_CODE_KEY, "a name that is much longer than any of the table", -1},
        {INPUT_CODE_BUTTON, "left", BTN_LEFT},
        {INPUT_CODE_BUTTON, "BTN_RIGHT", BTN_RIGHT},
        {INPUT_CODE_BUTTON, "mouse", -1},
        {INPUT_CODE_BUTTON, "a", BTN_A},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        uint16_t code = 0;
        bool found = input_code_find(cases[i].kind, str(cases[i].name), &code);
        if (found != (cases[i].code >= 0) || (found && code != cases[i].code))
            test_fail(__FILE__, __LINE__, "\"%s\" gives %d, wanted %d", cases[i].name, found ? code : -1,
                      cases[i].code);
    }
    uint16_t code;
    CHECK(!input_code_find(INPUT_CODE_KEY, str_n("a\0b", 3), &code));
}

TEST(each_name_that_is_shown_is_found_again) {
    int n = 0;
    for (int kind = INPUT_CODE_KEY; kind <= INPUT_CODE_BUTTON; kind++) {
        for (unsigned code = 0; code <= KEY_MAX; code++) {
            const char *name = input_code_name((InputCodeKind)kind, (uint16_t)code);
            uint16_t again;
            if (!name) continue;
            CHECK(input_code_find((InputCodeKind)kind, str(name), &again));
            CHECK_I64(again, code);
            n++;
        }
    }
    CHECK(n > 400);
    CHECK_STR(str(input_code_name(INPUT_CODE_KEY, KEY_SPACE)), "space");
    CHECK_STR(str(input_code_name(INPUT_CODE_BUTTON, BTN_LEFT)), "left");
    CHECK(!input_code_name(INPUT_CODE_KEY, KEY_RESERVED) && !input_code_name(INPUT_CODE_BUTTON, KEY_A));
}
