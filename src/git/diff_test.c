#include "git/diff.h"

#include "base/mem.h"
#include "base/test.h"
#include "git/git_fixture.h"

static const GitDiffWindow everything = {.limit = 100, .lines = {0, 2000}};

static GitDiff diff_of(Arena *a, const char *dir, GitDiffWindow w) {
    GitDiff d;
    Err e = {0};
    CHECK_OK(git_diff(fixture_git(a, dir), &w, &d, &e), e);
    return d;
}

static const GitDiffFile *find(const GitDiff *d, const char *path) {
    for (size_t i = 0; i < d->files.n; i++)
        if (str_is(d->files.items[i].path, path)) return &d->files.items[i];
    test_fail(__FILE__, __LINE__, "%s is not in the diff", path);
}

TEST(the_lines_of_tracked_files_are_counted_as_the_diff_counts_them) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    GitLines n;
    Err e = {0};
    const char *r = fixture_repo(a, "lines");
    CHECK_OK(git_lines(fixture_git(a, r), NULL, &n, &e), e);
    CHECK(n.added == 0 && n.removed == 0);
    fixture_sh(r,
               "seq 1 30 >long; git add long; printf '1\\n2\\n' >>a; printf 'x\\0y' >bin; git add bin; seq 1 9 >new");
    CHECK_OK(git_lines(fixture_git(a, r), NULL, &n, &e), e);
    GitDiff d = diff_of(a, r, everything);
    CHECK_I64(n.added, 32);
    CHECK_I64(n.added, d.total_added);
    CHECK_I64(n.removed, d.total_removed);
    fixture_sh(r, "rm a long; git rm -q --cached long bin; rm bin");
    CHECK_OK(git_lines(fixture_git(a, r), NULL, &n, &e), e);
    CHECK(n.added == 0 && n.removed > 0);
    fixture_sh(test_dir(), "rm -rf unborn; git init -q unborn; cd unborn; seq 1 7 >f; git add f");
    CHECK_OK(git_lines(fixture_git(a, arena_fmt(a, "%s/unborn", test_dir()).p), NULL, &n, &e), e);
    CHECK_I64(n.added, 7);
}

TEST(shows_every_kind_of_change_against_head) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *r = fixture_repo(a, "diff");
    fixture_sh(
        r,
        "seq 1 50 >long; echo gone >del; printf 'l\\0b' >bin; ln -s a lnk; seq 1 20 >old; git add .; git commit -qm b; "
        "sed -i 's/^25$/changed/' long; rm del; printf 'x\\0y' >bin; rm lnk; echo file >lnk; git mv old 'new name'; "
        "echo add >staged; git add staged; echo unt >\"$(printf 'un\\ntracked')\"; printf 'no newline' >nonl; "
        "printf 'a\\0b' >unbin; ln -s /etc/passwd link; chmod +x a; printf '' >empty");
    GitDiff d = diff_of(a, r, everything);
    CHECK_I64(d.total_files, d.files.n);
    CHECK(!d.truncated);
    CHECK_I64(find(&d, "long")->hunks.n, 1);
    CHECK_I64(find(&d, "long")->hunks.items[0].old_start, 22);
    CHECK_I64(find(&d, "del")->status, GIT_FILE_DELETED);
    CHECK(find(&d, "bin")->is_binary && find(&d, "unbin")->is_binary);
    CHECK_I64(find(&d, "lnk")->status, GIT_FILE_TYPE_CHANGED);
    CHECK_I64(find(&d, "lnk")->hunks.n, 2);
    CHECK_I64(find(&d, "new name")->status, GIT_FILE_RENAMED);
    CHECK_STR(find(&d, "new name")->old_path, "old");
    CHECK_I64(find(&d, "staged")->status, GIT_FILE_ADDED);
    CHECK_STR(find(&d, "un\ntracked")->hunks.items[0].lines.items[0].text, "unt");
    CHECK(find(&d, "nonl")->hunks.items[0].lines.items[0].no_newline);
    CHECK_STR(find(&d, "link")->hunks.items[0].lines.items[0].text, "/etc/passwd");
    CHECK_STR(find(&d, "link")->new_mode, "120000");
    CHECK_STR(find(&d, "a")->new_mode, "100755");
    CHECK_I64(find(&d, "empty")->hunks.n, 0);
}

TEST(shows_patches_of_tracked_files_with_odd_names) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *r = fixture_repo(a, "odd");
    fixture_sh(
        r, "for n in 'sp ace' '-dash' ':(top)x' '*' \"$(printf 'n\\nl')\" \"$(printf 'b\\377')\" 'q\"uote'; do "
           "echo 1 >\"./$n\"; done; git add .; git commit -qm odd; for f in ./* ./-dash ; do echo 2 >>\"$f\"; done");
    GitDiff d = diff_of(a, r, everything);
    CHECK_I64(d.files.n, 8);
    for (size_t i = 0; i < d.files.n; i++) CHECK_I64(d.files.items[i].hunks.n, 1);
}

TEST(distinguishes_line_endings) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *r = fixture_repo(a, "ends");
    fixture_sh(r, "printf 'one\\r\\ntwo' >f; git add f; git commit -qm ends; printf 'one\\ntwo\\n' >f");
    GitDiff d = diff_of(a, r, everything);
    const GitDiffLine *l = find(&d, "f")->hunks.items[0].lines.items;
    CHECK_I64(find(&d, "f")->hunks.items[0].lines.n, 4);
    CHECK_STR(l[0].text, "one\r");
    CHECK(!l[0].no_newline && l[1].no_newline);
    CHECK_STR(l[2].text, "one");
    CHECK(!l[2].no_newline && !l[3].no_newline);
}

TEST(windows_files_and_lines) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *r = fixture_repo(a, "window");
    fixture_sh(r, "seq 1 100 >a; for i in 1 2 3 4; do echo $i >f$i; done");
    GitDiff d = diff_of(a, r, (GitDiffWindow){.limit = 1, .lines = {0, 10}});
    CHECK_STR(d.files.items[0].path, "a");
    d = diff_of(a, r, (GitDiffWindow){.after = d.next, .limit = 2, .lines = {0, 10}});
    CHECK_I64(d.files.n, 2);
    CHECK_I64(d.total_files, 5);
    CHECK_STR(d.files.items[0].path, "f1");
    fixture_sh(r, "rm f2"); /* the file of the cursor */
    d = diff_of(a, r, (GitDiffWindow){.after = d.next, .limit = 2, .lines = {0, 10}});
    CHECK_STR(d.files.items[0].path, "f3");
    CHECK(!d.next.p);
    d = diff_of(a, r, (GitDiffWindow){.path = STR("a"), .lines = {90, 5}});
    CHECK_I64(d.files.n, 1);
    CHECK(d.files.items[0].truncated && d.truncated);
    CHECK_I64(d.files.items[0].hunks.items[0].lines.n, 5);
    GitDiff none;
    Err e = {0};
    GitDiffWindow w = {.path = STR("nothing"), .lines = {0, 5}};
    CHECK_ERR(git_diff(fixture_git(a, r), &w, &none, &e), e, ERR_NOT_FOUND);
}

TEST(marks_a_file_that_is_too_large_to_show) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *r = fixture_repo(a, "large");
    fixture_sh(r, "echo 1 >big; git add big; git commit -qm big; head -c 9000000 /dev/zero | tr '\\0' 'x' >big; "
                  "cp big untracked; echo small >>a");
    GitDiff d = diff_of(a, r, everything);
    CHECK(d.truncated);
    CHECK(find(&d, "big")->truncated && find(&d, "big")->hunks.n == 0);
    CHECK(find(&d, "untracked")->truncated && find(&d, "untracked")->hunks.n == 0);
    CHECK_I64(find(&d, "a")->hunks.n, 1);
    static const char *const alone[] = {"big", "untracked"};
    for (size_t i = 0; i < COUNT_OF(alone); i++) {
        d = diff_of(a, r, (GitDiffWindow){.path = str(alone[i]), .lines = {0, 10}});
        const GitDiffHunk *h = &d.files.items[0].hunks.items[0];
        CHECK(h->lines.items[h->lines.n - 1].is_cut);
        CHECK_I64(h->lines.items[h->lines.n - 1].text.n, GIT_LINE_BYTES);
    }
}

TEST(counts_the_lines_of_untracked_files_without_showing_them) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *r = fixture_repo(a, "counted");
    fixture_sh(r,
               "seq 1 30 >long; printf '1\\n2' >open; printf 'a\\0b' >bin; : >empty; ln -s /etc/passwd link; mkdir d; "
               "seq 1 7 >d/in; mkfifo pipe; head -c 9000000 /dev/zero | tr '\\0' '\\n' >large; seq 3 >>a; "
               "truncate -s 40M bin40; yes | head -c 34000000 >huge");
    GitDiff list = diff_of(a, r, (GitDiffWindow){.limit = 100, .without_hunks = true});
    GitDiff shown = diff_of(a, r, everything);
    static const struct {
        const char *path;
        int64_t added;
        bool is_binary, is_uncounted;
    } cases[] = {{"long", 30, false, false},       {"open", 2, false, false}, {"bin", 0, true, false},
                 {"empty", 0, false, false},       {"link", 1, false, false}, {"d/in", 7, false, false},
                 {"large", 9000000, false, false}, {"bin40", 0, true, false}, {"huge", 0, false, true}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const GitDiffFile *f = find(&list, cases[i].path), *full = find(&shown, cases[i].path);
        CHECK_I64(f->added, cases[i].added);
        CHECK_I64(full->added, cases[i].added);
        CHECK(f->is_binary == cases[i].is_binary && full->is_binary == cases[i].is_binary);
        CHECK(HAS(GitDiffFile, f, is_uncounted) == cases[i].is_uncounted && !f->hunks.n);
        CHECK_STR(f->new_mode, full->new_mode.p);
    }
    CHECK_I64(list.total_added, 3);
    list = diff_of(a, r, (GitDiffWindow){.limit = 100, .without_hunks = true, .without_counts = true});
    CHECK_I64(find(&list, "long")->added, 0);
    CHECK(!HAS(GitDiffFile, find(&list, "long"), is_uncounted));
}

TEST(counts_only_so_much_of_a_page_of_untracked_files) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *r = fixture_repo(a, "counted_in_all");
    fixture_sh(r, "yes | head -c 30000000 >f1; for i in 2 3 4 5 6; do ln f1 f$i; done; echo 1 >z");
    GitDiff d = diff_of(a, r, (GitDiffWindow){.limit = 100, .without_hunks = true});
    CHECK_I64(find(&d, "f4")->added, 15000000);
    CHECK(HAS(GitDiffFile, find(&d, "f5"), is_uncounted));
    CHECK(HAS(GitDiffFile, find(&d, "f6"), is_uncounted));
}

TEST(shows_everything_as_added_before_the_first_commit) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    fixture_sh(test_dir(),
               "rm -rf fresh; git init -q --object-format=sha256 fresh; cd fresh; echo 1 >s; git add s; echo 2 >u");
    GitDiff d = diff_of(a, arena_fmt(a, "%s/fresh", test_dir()).p, everything);
    CHECK(!d.head.p);
    CHECK_I64(find(&d, "s")->status, GIT_FILE_ADDED);
    CHECK_I64(find(&d, "u")->status, GIT_FILE_UNTRACKED);
}

TEST(shows_conflicts_as_such_with_their_markers) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *r = fixture_repo(a, "conflict");
    fixture_sh(r, "echo base >kept; echo base >gone; git add .; git commit -qm base; "
                  "git switch -qc o; echo o >a; echo o >kept; echo o >gone; echo o >both; git add .; git commit -qm o; "
                  "git switch -q main; echo m >a; git rm -q gone; echo m >kept; echo m >both; git add .; "
                  "git commit -qm m; git merge o >/dev/null || true; git show HEAD:kept >kept; echo u >new");
    GitDiff d = diff_of(a, r, everything);
    CHECK_I64(d.files.n, 5);
    static const char *const unmerged[] = {"a", "kept", "gone", "both"};
    for (size_t i = 0; i < COUNT_OF(unmerged); i++) CHECK_I64(find(&d, unmerged[i])->status, GIT_FILE_CONFLICTED);
    CHECK_I64(find(&d, "a")->hunks.n, 1);
    CHECK_I64(find(&d, "new")->status, GIT_FILE_UNTRACKED);
}

TEST(reaches_each_of_very_many_files_by_pages_and_by_its_path) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *r = fixture_repo(a, "many");
    fixture_sh(r, "echo z >zz; git add zz; git commit -qm z; git switch -qc o; echo o >zz; git commit -qam o; "
                  "git switch -q main; mkdir m; for i in $(seq -w 5100); do echo 1 >m/$i; done; git add .; "
                  "echo m >zz; git commit -qam m; git merge o >/dev/null || true; "
                  "for i in $(seq -w 5100); do echo 2 >m/$i; done; echo new >zzz");
    GitDiff d = {0};
    int64_t reached = 0;
    do {
        GitDiffWindow w = {.after = d.next, .limit = 2000, .without_hunks = true, .without_counts = reached > 0};
        d = diff_of(a, r, w);
        reached += (int64_t)d.files.n;
        CHECK(reached > 2000 || (d.total_added >= 5100 && d.total_removed >= 5100));
        CHECK_I64(d.total_files, 5102);
        CHECK(!d.is_total_least && !d.truncated);
    } while (d.next.p);
    CHECK_I64(reached, 5102);
    CHECK_STR(d.files.items[d.files.n - 1].path, "zzz");
    const struct {
        const char *path;
        GitFileStatus status;
    } rows[] = {{"m/0001", GIT_FILE_MODIFIED},
                {"m/5099", GIT_FILE_MODIFIED},
                {"zz", GIT_FILE_CONFLICTED},
                {"zzz", GIT_FILE_UNTRACKED}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        d = diff_of(a, r, (GitDiffWindow){.path = str(rows[i].path), .lines = {0, 10}});
        CHECK_I64(d.files.n, 1);
        CHECK_I64(d.files.items[0].status, rows[i].status);
        CHECK_I64(d.files.items[0].hunks.n, 1);
    }
    static const char *const none[] = {"a", "m", "nothing", "../many/zz", "/etc/passwd"};
    for (size_t i = 0; i < COUNT_OF(none); i++) {
        Err e = {0};
        GitDiffWindow w = {.path = str(none[i]), .lines = {0, 5}};
        CHECK_ERR(git_diff(fixture_git(a, r), &w, &d, &e), e, ERR_NOT_FOUND);
    }
}

static GitSides sides_of(Arena *a, const char *dir, const char *from, const char *to) {
    GitSides s;
    Err e = {0};
    CHECK_OK(git_sides(fixture_git(a, dir), str(from), str(to), STR("refs/heads/main"), &s, &e), e);
    return s;
}

TEST(compares_the_sides_that_are_asked_for) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *r = fixture_repo(a, "sides");
    fixture_sh(r,
               "git switch -qc topic; echo committed >c; git add c; git commit -qm c; git switch -q main; echo m >m; "
               "git add m; git commit -qm m; git switch -q topic; echo s >s; git add s; echo t >>a; echo u >u");
    Str tree = fixture_out(a, r, "git rev-parse 'HEAD^{tree}'"),
        root = fixture_out(a, r, "git rev-list --max-parents=0 HEAD");
    const struct {
        const char *from, *to, *files;
    } rows[] = {
        {NULL, NULL, "a s u "},  {"head", "worktree", "a s u "}, {"index", NULL, "a u "},
        {"head", "index", "s "}, {"base", NULL, "a c s u "},     {"base", "head", "c "},
        {root.p, "head", "c "},  {tree.p, "index", "s "},        {"head", "refs/heads/main", "c m "},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        GitSides s = sides_of(a, r, rows[i].from, rows[i].to);
        GitDiff d = diff_of(a, r, (GitDiffWindow){.sides = &s, .limit = 10, .lines = {0, 10}});
        CLEANUP(buf_done) Buf names;
        buf_init(&names, 100);
        for (size_t f = 0; f < d.files.n; f++) buf_add_fmt(&names, STR_FMT " ", STR_ARG(d.files.items[f].path));
        CHECK_STR(buf_str(&names), rows[i].files);
    }
    static const struct {
        const char *from, *to;
        ErrCode code;
    } bad[] = {{"HEAD~1", NULL, ERR_INVALID},
               {"--output=x", NULL, ERR_INVALID},
               {"index", "head", ERR_INVALID},
               {"worktree", "head", ERR_INVALID},
               {"refs/heads/none", NULL, ERR_NOT_FOUND},
               {"0123456789012345678901234567890123456789", NULL, ERR_NOT_FOUND}};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        GitSides s;
        Err e = {0};
        CHECK_ERR(git_sides(fixture_git(a, r), str(bad[i].from), str(bad[i].to), STR(""), &s, &e), e, (int)bad[i].code);
    }
}

/* Equal hunks of one file differ in their ids, and a change above renames none. */
TEST(a_hunk_keeps_its_id_while_its_lines_stay) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *r = fixture_repo(a, "ids");
    fixture_sh(r, "for i in 1 2 3; do echo x; seq 1 20; done >f; git add f; git commit -qm f; sed -i 's/^10$/ten/' f");
    GitDiff d = diff_of(a, r, everything);
    const GitDiffFile *f = find(&d, "f");
    CHECK_I64(f->hunks.n, 3);
    Str id = f->hunks.items[0].id;
    CHECK_STR(f->hunks.items[1].id, arena_fmt(a, STR_FMT ".2", STR_ARG(id)).p);
    CHECK_STR(f->hunks.items[2].id, arena_fmt(a, STR_FMT ".3", STR_ARG(id)).p);
    fixture_sh(r, "sed -i '1s/.*/first/' f");
    d = diff_of(a, r, everything);
    CHECK_STR(find(&d, "f")->hunks.items[1].id, id.p);
}

TEST(shows_in_which_words_lines_differ) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *r = fixture_repo(a, "words");
    fixture_sh(r, "printf 'let größe = add(one, two);\\nall of it\\n' >w; git add w; git commit -qm w; "
                  "printf 'let größe = sub(one, three);\\nnothing here stays\\n' >w");
    GitDiffWindow window = everything;
    window.words = true;
    GitDiff d = diff_of(a, r, window);
    const GitDiffLine *l = find(&d, "w")->hunks.items[0].lines.items;
    CHECK_I64(l[0].changed.n, 2);
    CHECK_I64(l[0].changed.items[0].start, 12);
    CHECK_I64(l[0].changed.items[0].length, 3);
    CHECK_I64(l[2].changed.items[1].start, 21);
    CHECK_I64(l[2].changed.items[1].length, 5);
    CHECK(!l[1].changed.items && !l[3].changed.items);
}

static GitBlob blob_of(Arena *a, const char *dir, const char *side, GitBlobPart part) {
    GitSides s = sides_of(a, dir, NULL, side);
    GitBlob b;
    Err e = {0};
    if (!part.limit) part.limit = GIT_BLOB_PART;
    CHECK_OK(git_blob(fixture_git(a, dir), &s, &part, &b, &e), e);
    return b;
}

TEST(a_large_object_is_read_once_for_all_its_parts) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *r = fixture_repo(a, "parts");
    GitBlobKeep *keep = git_blob_keep_new(r);
    GitBlobPart part = {.path = STR("big"), .limit = 4, .keep = keep};
    fixture_sh(r, "printf '0123456789' >big; git add .; git commit -qm big");
    CHECK_STR(blob_of(a, r, "head", part).content, "MDEyMw==");
    fixture_sh(r, "o=$(git rev-parse HEAD:big); rm -f .git/objects/$(echo $o | cut -c1-2)/$(echo $o | cut -c3-)");
    for (part.offset = 4; part.offset < 10; part.offset += 4) {
        GitBlob b = blob_of(a, r, "head", part);
        CHECK_STR(b.content, part.offset == 4 ? "NDU2Nw==" : "ODk=");
        CHECK_STR(b.media_type, "text/plain");
        CHECK_I64(b.size, 10);
    }
    GitBlob gone;
    Err e = {0};
    GitSides s = sides_of(a, r, NULL, "head");
    CHECK(git_blob(fixture_git(a, r), &s, &part, &gone, &e) == -ERR_GIT); /* it was kept until its last part */
    git_blob_keep_free(keep);
}

TEST(of_an_unmerged_file_the_index_has_our_side) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *r = fixture_repo(a, "stages");
    fixture_sh(r, "echo base >f; git add .; git commit -qm b; git switch -qc o; echo theirs >f; git commit -qam t; "
                  "git switch -q main; echo ours >f; git commit -qam o; git merge -q o || true");
    CHECK_STR(blob_of(a, r, "index", (GitBlobPart){.path = STR("f")}).content, "b3Vycwo=");
}

TEST(returns_a_files_bytes_on_each_side) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *r = fixture_repo(a, "blob");
    fixture_sh(
        r,
        "printf '\\211PNG\\r\\n\\032\\nrest' >i.png; git add .; git commit -qm i; printf 'GIF89a' >i.png; git add .; "
        "printf 'a\\0b' >i.png; ln -s i.png l; printf '<svg/>' >s; mkfifo p");
    CHECK_STR(blob_of(a, r, "head", (GitBlobPart){.path = STR("i.png")}).media_type, "image/png");
    CHECK_STR(blob_of(a, r, "index", (GitBlobPart){.path = STR("i.png")}).content, "R0lGODlh");
    GitBlob part = blob_of(a, r, NULL, (GitBlobPart){.path = STR("i.png"), .offset = 1, .limit = 1});
    CHECK_STR(part.media_type, "application/octet-stream");
    CHECK_STR(part.content, "AA==");
    CHECK_I64(part.size, 3);
    GitBlob link = blob_of(a, r, NULL, (GitBlobPart){.path = STR("l")});
    CHECK(link.is_link);
    CHECK_STR(link.content, "aS5wbmc=");
    CHECK_STR(blob_of(a, r, NULL, (GitBlobPart){.path = STR("s")}).media_type, "image/svg+xml");
    static const char *const bad[] = {"p", "none", "../blob/a", ".git"};
    GitSides s = sides_of(a, r, NULL, NULL);
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        GitBlob b;
        Err e = {0};
        CHECK(git_blob(fixture_git(a, r), &s, &(GitBlobPart){str(bad[i]), 0, 10}, &b, &e) < 0);
    }
}
