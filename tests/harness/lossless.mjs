// Ways to lose a file: what is tried, where the bytes are afterwards, and how the scenario does it. docs/lossless.md is
// printed from this list: `node tests/harness/lossless.mjs > docs/lossless.md`.
import { pathToFileURL } from 'node:url'

const diverged = 'git switch -qc side$N; echo 1 >a; git commit -qam 1; git switch -q -; echo 2 >a; git commit -qam 2; '

/** States that a restore in place overwrites: [what is there, how it is made]. `N` is unique to the row. */
const overwritten = [
  ['an edited file', 'echo edited >>a'],
  ['an untracked file in an untracked folder', 'mkdir -p d/e; echo u >d/e/u'],
  ['a file that was staged and then edited again', 'echo staged >s; git add s; echo later >s'],
  ['a file that was staged and then deleted', 'echo staged >s; git add s; rm s'],
  ['a deleted file', 'rm a'],
  ['a renamed file', 'git mv a b; echo more >>b'],
  ['a file with CRLF lines that the attributes would convert', "printf 'x\\r\\ny\\r\\n' >c; echo '* text=auto eol=lf' >.gitattributes"],
  ['mixed line ends with core.autocrlf', "git config core.autocrlf true; printf 'x\\r\\ny\\n' >c"],
  ['a file that a filter such as LFS converts', "git config filter.up.clean 'tr a-z A-Z'; git config filter.up.smudge 'tr A-Z a-z'; echo '*.f filter=up' >.gitattributes; echo lower >x.f"],
  ['a file whose filter is required and fails', "git config filter.no.clean false; git config filter.no.required true; echo '*.no filter=no' >.gitattributes; echo kept >x.no"],
  ['a file with $Id$ keywords', "echo '*.c ident' >.gitattributes; echo '$Id: old $' >i.c"],
  ['a file in another encoding', "echo '*.u working-tree-encoding=UTF-16' >.gitattributes; printf 'not utf-16' >x.u"],
  ['a binary file', "printf '\\0\\1\\377\\r\\n' >bin"],
  ['symbolic links, also out of the worktree and into nothing', 'ln -s nowhere l; ln -s / root; ln -s ../.. up'],
  ['a link in place of a folder', 'mkdir d e; echo 1 >d/f; echo 2 >e/f; git add d; git commit -qm d; rm -r d; ln -s e d'],
  ['a folder in place of a file', 'rm a; mkdir a; echo in >a/in'],
  ['modes that git does not keep', 'echo k >key; chmod 600 key a; mkdir -m 700 shut; echo s >shut/s; chmod 400 shut/s'],
  ['empty folders', 'mkdir -p empty/deeper; mkdir -m 750 other'],
  ['a named pipe', 'mkfifo -m 640 pipe'],
  ['names that differ only in case', 'echo 1 >Name; echo 2 >name; echo 3 >NAME'],
  ['names that differ only in their Unicode form', "echo 1 >\"$(printf 'e\\314\\201')\"; echo 2 >\"$(printf '\\303\\251')\""],
  ['names with newlines, spaces, dashes and bytes that are not UTF-8', "echo 1 >\"$(printf 'n\\nl')\"; echo 2 >'a b'; echo 3 >-x; echo 4 >\"$(printf 'b\\377')\"; echo 5 >':(top)'"],
  ['a tracked file that is ignored', "echo '*.log' >.gitignore; echo 1 >x.log; git add -f x.log .gitignore; git commit -qm l; echo 2 >>x.log"],
  ['an edit that assume-unchanged hides', 'git update-index --assume-unchanged a; echo hidden >>a'],
  ['an edit that skip-worktree hides', 'git update-index --skip-worktree a; echo hidden >>a'],
  ['a file with intent to add', 'echo new >n; git add -N n'],
  ['an index that is split', 'git update-index --split-index; echo 1 >n; git add n'],
  ['a merge in conflict, half resolved', `${diverged}git merge side$N >/dev/null || true; echo half >a`],
  ['a merge that is resolved and not committed', `${diverged}git merge side$N >/dev/null || true; echo both >a; git add a`],
  ['a rebase in progress', `${diverged}git rebase side$N >/dev/null 2>&1 || true; echo half >a`],
  ['a cherry-pick in progress', `${diverged}git cherry-pick side$N >/dev/null 2>&1 || true`],
  ['a revert in progress', 'for i in 1 2; do echo $i >a; git commit -qam $i; done; git revert HEAD~1 >/dev/null 2>&1 || true'],
  ['a bisection in progress', 'for i in 1 2 3; do echo $i >a; git commit -qam $i; done; git bisect start HEAD HEAD~3 >/dev/null'],
  ['commits on a detached HEAD', 'git switch -q --detach; echo lone >a; git commit -qam lone'],
  ['a nested repository with uncommitted work', 'git init -q inner; cd inner; echo n >n; git add n; git commit -qm n; echo dirty >>n; echo u >u'],
  ['a nested repository without a commit', 'git init -q inner; echo n >inner/n'],
  ['a submodule with uncommitted work', 'git init -q $TMP/sub$N; (cd $TMP/sub$N; echo s >s; git add s; git commit -qm s); git -c protocol.file.allow=always submodule --quiet add $TMP/sub$N sub; git commit -qm sub; echo d >>sub/s; echo u >sub/u'],
  ['a second edit of the same size within the same second', 'echo 1 >r; echo 2 >r'],
].map(([what, make]) => ({
  tried: `An older salvage is restored over ${what}`,
  afterwards: 'In the salvage that the restore makes first; restoring that one brings back every byte, the index and HEAD.',
  how: 'overwrite',
  make,
}))

/** States of a worktree that is removed by force, after which its branch, reflog and unreachable objects are cleaned up. */
const removed = [
  ['edits, untracked and ignored files', "echo '*.key' >.gitignore; echo secret >my.key; echo u >u; echo e >>a"],
  ['a rebase in progress', `${diverged}git rebase side$N >/dev/null 2>&1 || true`],
  ['a nested repository', 'git init -q inner; cd inner; echo n >n; git add n; git commit -qm n; echo dirty >>n'],
  ['unreadable modes, links, pipes and empty folders', 'mkdir -m 000 shut; mkfifo p; ln -s / out; mkdir -p e/f'],
].map(([what, make]) => ({
  tried: `A worktree is removed that contains ${what}`,
  afterwards: 'In the trash: the folder was renamed, not copied; restoring renames it back.',
  how: 'remove',
  make,
}))

/** Each has its own steps in lossless.test.mjs, under the name `how`. */
const others = [
  ['A branch is checked out while HEAD is detached at commits that no branch has', 'Parents of the salvage that the checkout makes first; git\'s clean-up keeps them.', 'detachedCheckout'],
  ['A branch is checked out that has a file in the place of an ignored one', 'Where it was: the checkout is refused and names it.', 'ignoredInTheWay'],
  ['A branch is checked out over uncommitted work', 'Where it was: the checkout is refused and lists what has changed.', 'dirtyCheckout'],
  ['A salvage is restored that has a file in the place of an ignored one', 'Where it was: the restore is refused and names it.', 'ignoredAtRestore'],
  ['A salvage is restored over a file that is too large to be saved', 'Where it was: the restore asks first and names it.', 'tooLarge'],
  ['A restored worktree\'s place is occupied', 'Both where they were: the restore is refused, and can name another place.', 'occupied'],
  ['A worktree\'s folder is moved by hand, outside Muster', 'Where it was moved to; Muster says that the folder is gone and deletes nothing.', 'movedByHand'],
  ['A worktree is removed whose folder was moved by hand', 'The files where they were moved to; the commits and the staged files in a salvage; git\'s record of the worktree in `muster/removed` of the git folder. Moved back to `worktrees`, `git worktree repair` makes the folder a worktree again.', 'forgotten'],
  ['A worktree\'s folder is deleted by hand after a salvage', 'In the salvage: it is restored into another worktree.', 'deletedByHand'],
  ['A worktree whose folder was deleted by hand is removed after a salvage', 'In the salvage: list_workspace_salvages shows it, and it is restored into another worktree.', 'deletedAndRemoved'],
  ['The trash is emptied of a worktree that has a salvage', 'In the salvage: it is restored into another worktree.', 'salvagedAndEmptied'],
  ['A trashed worktree\'s folder is moved by hand', 'Where it was moved to; emptying the trash deletes nothing of it, salvages what was staged and keeps git\'s record of it in `muster/removed`.', 'trashMovedByHand'],
  ['The trash is emptied of one entry', 'The other entries stay; nothing goes that was not named.', 'emptyOne'],
  ['A workspace is closed', 'Where they were: closing changes no file.', 'closed'],
  ['The daemon is killed in the middle of a restore, at each crash point', 'In the salvage that was made first; the restore is finished at the next start.', 'killed'],
  ['Files change while they are saved', 'Each salvage holds one of the states that the file had, whole; the file itself is not touched.', 'whileWritten'],
  ['Files are staged while a salvage is restored', 'In the index, or in the salvage that the restore makes first: it keeps git from the index from before the salvage to its end.', 'stagedMeanwhile'],
  ['A hostile repository names programs for every event', 'In the salvage; none of the programs ran.', 'hostile'],
  ['git cleans up everything unreachable after a salvage', 'In the salvage: its ref keeps every object.', 'pruned'],
  ['Everything is discarded: edits, what was staged and edited again, and untracked files', 'In the salvage that the discard makes first; restoring it brings back every byte and the index.', 'discard'],
  ['A file that was staged and then edited is unstaged', 'The staged bytes in the salvage that the unstaging makes first; the edited ones where they were.', 'unstage'],
  ['The base branch is merged over an untracked file', 'Where it was: the merge is refused.', 'mergeOver'],
  ['A worktree is rebased, and no branch has its old commits any more', 'Parents of the salvage that the rebase makes first; git\'s clean-up keeps them.', 'rebase'],
  ['A merge in conflict, half resolved, is aborted', 'In the salvage that the abort makes first; restoring it brings back files, index and the merge in progress.', 'abort'],
  ['A worktree lands on a branch whose own worktree has edits and untracked files', 'Where they were: with edits the landing is refused, and untracked files stay.', 'land'],
  ['A landing is undone, with commits on top of it and without', 'On top: where they are, the undo is refused. Without, also where the base branch is checked out nowhere: the landed commit is a parent of the salvage that the undo makes first.', 'undo'],
  ['A fetch prunes by a refspec that covers refs/muster', 'In the salvages: the fetch is refused.', 'fetchOver'],
  ['A checkpoint is restored over edits, over what was staged and edited again, and over untracked files', 'In the salvage that the restore makes first; restoring that one brings back every byte, the index and HEAD.', 'checkpointOver'],
  ['One file of a checkpoint is restored', 'The others where they were; the one that it replaces in the salvage that the restore makes first.', 'checkpointOfOne'],
  ['A checkpoint is restored while an agent is in a turn', 'Where they were: the restore is refused.', 'checkpointDuringTurn'],
  ['A checkpoint is restored that has a file in the place of an ignored one', 'Where it was: the restore is refused and names it.', 'checkpointOverIgnored'],
  ['The daemon is killed in the middle of the restore of a checkpoint, at each crash point', 'In the salvage that was made first; the restore is finished at the next start.', 'checkpointKilled'],
  ['A file that only a checkpoint has is deleted, its commit is reset away, and git cleans up everything unreachable', 'In the checkpoint, whose ref keeps every object; the commit is its parent.', 'checkpointPruned'],
  ['A worktree with checkpoints is removed, and restored from the trash', 'In the checkpoints: their refs are the repository\'s, and they are restored as before.', 'checkpointRemoved'],
  ['More checkpoints are taken than are kept', 'Those of the newest ones in these; an older one goes with what only it has, but never a salvage, nor the newest.', 'checkpointRetention'],
  ['A commit is amended, and git cleans up everything unreachable', 'The old commit is a parent of the salvage that the amend makes first.', 'amended'],
  ['git is killed in the middle of a merge', 'Where they were: the worktree is put back, and what git left is in a salvage.', 'mergeKilled'],
].map(([tried, afterwards, how]) => ({ tried, afterwards, how }))

export const ways = [...overwritten, ...removed, ...others]

export const title = (way, i) => `${i + 1}. ${way.tried}`

export function documentText() {
  const rows = ways.map((way, i) => `| ${i + 1} | ${way.tried} | ${way.afterwards} |`)
  return `# Ways to lose a file

Each row is a scenario of \`tests/scenarios/lossless.test.mjs\` with the same number and title, run against the real daemon
and the real git. This page is printed from the scenarios' list, and a test compares the two.

| | What is tried | Where the bytes are afterwards |
|---|---|---|
${rows.join('\n')}

## What is not promised

- A file over 50 MiB, more than 20,000 untracked files, or more than 1 GiB of them are not copied into the repository. Before
  it overwrites anything, an operation names them and asks; removing a worktree moves them to the trash like everything else.
- An operation that would overwrite an ignored file, or a repository inside the worktree, is refused and names it. What a
  program does to ignored files by itself is not undone.
- The files of a nested repository are saved. Its own commits and index are where they were: no operation of Muster changes or
  deletes the git folder of a repository inside a worktree.
- A socket or a device is named, not kept.
- Emptying the trash deletes what is named in the call, for good; not what a program works in, and what was changed since the
  removal only if the call accepts that. What is in \`muster/removed\` of the git folder goes when it is as old as salvages may be by
  the setting, if its salvage is still listed and of this data folder.
- Salvages stay until a person deletes them in Recovery, or sets \`retention.salvage_days\` or \`retention.salvage_mib\`, which are 0.
  Checkpoints go after \`retention.checkpoint_days\`, 30 by default, and above \`retention.checkpoints\` of a worktree. What is deleted
  goes with what only it holds; a setting never deletes the newest of a worktree.
`
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) process.stdout.write(documentText())
