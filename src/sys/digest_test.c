#include "sys/digest.h"

#include "base/test.h"
#include "base/ulid.h"

/* FIPS 180-4 examples, as published by NIST for "abc" and the empty message. */
TEST(digests_of_known_messages) {
    static const struct {
        const char *text, *sha256, *sha1;
    } rows[] = {
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
         "a9993e364706816aba3e25717850c26c9cd0d89d"},
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
         "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        uint8_t sha256[32], sha1[20];
        char hex[65];
        digest_sha256(str(rows[i].text), sha256);
        CLEANUP(digest_partsp) DigestParts *parts = digest_begin();
        for (const char *at = rows[i].text; *at; at++) digest_add(parts, str_n(at, 1));
        uint8_t in_parts[32];
        digest_end(parts, in_parts);
        CHECK(memcmp(in_parts, sha256, sizeof sha256) == 0);
        digest_sha1(str(rows[i].text), sha1);
        digest_hex(sha256, sizeof sha256, hex);
        CHECK_STR(str(hex), rows[i].sha256);
        digest_hex(sha1, sizeof sha1, hex);
        CHECK_STR(str(hex), rows[i].sha1);
    }
}

/* RFC 4648 section 10, and one value whose two forms differ. */
TEST(base64_of_known_bytes) {
    static const struct {
        const char *text, *plain, *url_safe;
    } rows[] = {{"", "", ""},
                {"f", "Zg==", "Zg"},
                {"fo", "Zm8=", "Zm8"},
                {"foo", "Zm9v", "Zm9v"},
                {"foob", "Zm9vYg==", "Zm9vYg"},
                {"fooba", "Zm9vYmE=", "Zm9vYmE"},
                {"foobar", "Zm9vYmFy", "Zm9vYmFy"},
                {"\xFB\xFF\xBF", "+/+/", "-_-_"}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char out[40];
        Str s = str(rows[i].text);
        CHECK_I64(base64_print(s.p, s.n, out, false), strlen(rows[i].plain));
        CHECK_STR(str(out), rows[i].plain);
        base64_print(s.p, s.n, out, true);
        CHECK_STR(str(out), rows[i].url_safe);
    }
}

TEST(digests_are_compared_completely) {
    CHECK(digest_equal(STR("abc"), STR("abc")) && digest_equal(STR(""), STR("")));
    CHECK(!digest_equal(STR("abc"), STR("abd")) && !digest_equal(STR("abc"), STR("ab")));
}

TEST(random_values_differ_and_are_well_formed) {
    char a[37], b[37];
    random_uuid(a);
    random_uuid(b);
    CHECK_I64(strlen(a), 36);
    CHECK(strcmp(a, b) != 0);
    CHECK(a[8] == '-' && a[13] == '-' && a[18] == '-' && a[23] == '-');
    CHECK(a[14] == '4' && strchr("89ab", a[19]));
    CHECK_I64(strspn(a, "0123456789abcdef-"), 36);
    static uint8_t bytes[100000];
    random_bytes(bytes, sizeof bytes);
    long sum = 0;
    for (size_t i = 0; i < sizeof bytes; i++) sum += bytes[i];
    /* Mean 127.5, standard deviation of the mean 73.9 / sqrt(100000) = 0.23: ten of them. */
    CHECK(sum > 12520000 && sum < 12980000);
}
