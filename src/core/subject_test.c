#include "core/subject.h"

#include "base/test.h"

enum { TURNS = 6 };
static SubjectTurn turns[TURNS];
static char begun[64];

static void on_begin(SubjectTurn *t) {
    size_t n = strlen(begun);
    begun[n] = (char)('a' + (t - turns));
    begun[n + 1] = '\0';
}

static void enter(Subjects *s, size_t i, Str key) {
    turns[i] = (SubjectTurn){.begin = on_begin};
    CHECK(subject_enter(s, &turns[i], key));
}

static void leave(Subjects *s, size_t i) { subject_leave(s, &turns[i]); }

typedef struct Fixture {
    Arena *arena;
    Loop *loop;
    Subjects all;
    Str whole, one, other;
} Fixture;

static void fixture_open(Fixture *f) {
    Err e = {0};
    *f = (Fixture){.arena = arena_new(), .whole = STR("w/repo")};
    CHECK_OK(loop_new(&f->loop, &e), e);
    f->all.loop = f->loop;
    f->one = subject_part(f->arena, f->whole, STR("wt_1"));
    f->other = subject_part(f->arena, f->whole, STR("wt_2"));
    begun[0] = '\0';
}

static void fixture_close(Fixture *f) {
    subjects_done(&f->all);
    loop_free(f->loop);
    arena_free(f->arena);
}

TEST(parts_of_a_subject_run_at_once_and_the_whole_alone) {
    Fixture f;
    fixture_open(&f);
    enter(&f.all, 0, f.one);
    enter(&f.all, 1, f.other);
    enter(&f.all, 2, f.one);
    enter(&f.all, 3, f.whole);
    enter(&f.all, 4, f.other); /* behind the whole, which would otherwise never run */
    CHECK_STR(str(begun), "ab");
    CHECK(subject_ahead(&f.all, &turns[2]) == &turns[0]);
    leave(&f.all, 1);
    CHECK_STR(str(begun), "ab");
    leave(&f.all, 0);
    CHECK_STR(str(begun), "abc");
    CHECK(subject_ahead(&f.all, &turns[3]) == &turns[2]);
    leave(&f.all, 2);
    CHECK_STR(str(begun), "abcd");
    leave(&f.all, 3);
    CHECK_STR(str(begun), "abcde");
    leave(&f.all, 4);
    CHECK_I64(f.all.subjects.n, 0);
    fixture_close(&f);
}

TEST(a_turn_that_gives_up_lets_those_behind_it_begin) {
    Fixture f;
    fixture_open(&f);
    enter(&f.all, 0, f.one);
    enter(&f.all, 1, f.whole);
    enter(&f.all, 2, f.other);
    CHECK_STR(str(begun), "a");
    leave(&f.all, 1);
    CHECK_STR(str(begun), "ac");
    leave(&f.all, 0);
    leave(&f.all, 2);
    CHECK_I64(f.all.subjects.n, 0);
    fixture_close(&f);
}

TEST(another_subject_whose_name_begins_alike_is_another) {
    Fixture f;
    fixture_open(&f);
    enter(&f.all, 0, f.whole);
    enter(&f.all, 1, STR("w/repo/radar"));
    enter(&f.all, 2, STR("w/repo//wt_1"));
    CHECK_STR(str(begun), "abc");
    for (size_t i = 0; i < 3; i++) leave(&f.all, i);
    fixture_close(&f);
}
