/* The common commits of many pairs of commits, in one walk over the commits that not all of them share. Blocking: worker
 * threads only. */
#pragma once

#include "base/shape.h"
#include "git/git.h"

enum { GIT_BASES_MAX = 1000 };

typedef struct GitBases {
    Str *ids;          /* in the handle's arena */
    uint32_t *at;      /* [i * n + k]: 1 + the index in ids, 0 = none is known; only for i < rows */
    bool *are_several; /* likewise */
    size_t n, rows;
} GitBases;

/* The bases of each of the first `rows` tips and each other one. ERR_TOO_LARGE: more than GIT_BASES_MAX rows. */
int git_merge_bases(const Git *g, const StrList *tips, size_t rows, GitBases *ret, Err *e);
/* A best one (git-merge-base(1)); {NULL,0}: they have no common commit, or their history is too long to look for it. */
Str git_bases_find(const GitBases *b, size_t i, size_t k);
/* Branches that were merged into each other have several best ones; git merges those first (gitglossary(7), merge base). */
bool git_bases_are_several(const GitBases *b, size_t i, size_t k);
