#include "host/remote_url.h"

#include "base/mem.h"
#include "base/test.h"

TEST(an_address_names_its_host_and_repository) {
    static const struct {
        const char *url, *host, *project; /* host NULL: none */
    } rows[] = {
        {"https://github.com/acme/sample.git", "github.com", "acme/sample"},
        {"https://github.com/acme/sample", "github.com", "acme/sample"},
        {"https://github.com/acme/sample/", "github.com", "acme/sample"},
        {"https://github.com/acme/sample.git/", "github.com", "acme/sample"},
        {"https://github.com//acme/sample", "github.com", "acme/sample"},
        {"HTTPS://GitHub.com/Acme/Sample", "github.com", "Acme/Sample"},
        {"https://user:secret@github.com/acme/sample", "github.com", "acme/sample"},
        {"https://a@b@github.com/acme/sample", "github.com", "acme/sample"},
        {"https://github.com:443/acme/sample", "github.com", "acme/sample"},
        {"https://git.example.com:8443/acme/sample", "git.example.com:8443", "acme/sample"},
        {"http://git.example.com:80/acme/sample", "git.example.com", "acme/sample"},
        {"http://git.example.com:8080/acme/sample", "git.example.com:8080", "acme/sample"},
        {"ssh://git@github.com/acme/sample.git", "github.com", "acme/sample"},
        {"ssh://git@ssh.github.com:443/acme/sample.git", "github.com", "acme/sample"},
        {"ssh://git@gitlab.example.com:2222/group/sub/sample", "gitlab.example.com", "group/sub/sample"},
        {"git+ssh://git@github.com/acme/sample", "github.com", "acme/sample"},
        {"git://github.com/acme/sample", "github.com", "acme/sample"},
        {"git@github.com:acme/sample.git", "github.com", "acme/sample"},
        {"git@github.com:/acme/sample.git", "github.com", "acme/sample"},
        {"github.com:acme/sample", "github.com", "acme/sample"},
        {"git@altssh.gitlab.com:group/sub/deep/sample.git", "gitlab.com", "group/sub/deep/sample"},
        {"work:acme/sample", "work", "acme/sample"},
        {"git@github.com:acme/sample.name", "github.com", "acme/sample.name"},
        {"git@github.com:acme/.github", "github.com", "acme/.github"},
        {"git@github.com:acme/-x", "github.com", "acme/-x"},
        {"/srv/git/sample.git", NULL, NULL},
        {"../sample", NULL, NULL},
        {"./a:b/c", NULL, NULL},
        {"file:///srv/git/sample.git", NULL, NULL},
        {"https://github.com", NULL, NULL},
        {"https://github.com/", NULL, NULL},
        {"https://github.com/acme", NULL, NULL},
        {"https://github.com/acme//sample", NULL, NULL},
        {"https://github.com/acme/.git", NULL, NULL},
        {"https://github.com/acme/../sample", NULL, NULL},
        {"https://github.com/acme/sam%2Fple", NULL, NULL},
        {"https://github.com/acme/sample?x=1", NULL, NULL},
        {"https://github.com/{owner}/{repo}", NULL, NULL},
        {"https://github.com:port/acme/sample", NULL, NULL},
        {"https://github.com:99999/acme/sample", NULL, NULL},
        {"https://-x/acme/sample", NULL, NULL},
        {"-x:acme/sample", NULL, NULL},
        {"git@[::1]:acme/sample", NULL, NULL},
        {"ext::sh -c x% acme/sample", NULL, NULL},
        {"transport::https://github.com/acme/sample", NULL, NULL},
        {"git@github.com:acme/sam ple", NULL, NULL},
        {"git@github.com:acme/sam\nple", NULL, NULL},
        {"", NULL, NULL},
        {":", NULL, NULL},
        {"@:a/b", NULL, NULL},
    };
    CLEANUP(arena_freep) Arena *a = arena_new();
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        RemoteUrl got = {0};
        bool is_one = remote_url_parse(a, str(rows[i].url), &got);
        if (is_one != (rows[i].host != NULL)) test_fail(__FILE__, __LINE__, "%s", rows[i].url);
        if (!is_one) continue;
        CHECK_STR(got.host, rows[i].host);
        CHECK_STR(got.project, rows[i].project);
    }
}

TEST(a_host_is_known_by_its_name) {
    static const struct {
        const char *host;
        HostKind kind;
    } rows[] = {{"github.com", HOST_GITHUB},
                {"gitlab.com", HOST_GITLAB},
                {"github.example.com", HOST_GITHUB},
                {"gitlab.example.com", HOST_GITLAB},
                {"acme.ghe.com", HOST_GITHUB},
                {"git.example.com", HOST_UNKNOWN},
                {"gitlab", HOST_GITLAB},
                {"notgithub.com", HOST_UNKNOWN},
                {"", HOST_UNKNOWN},
                {"gitlab.example.com:8443", HOST_GITLAB}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) CHECK_I64(remote_host_kind(str(rows[i].host)), rows[i].kind);
}
