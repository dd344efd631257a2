// Pairs of branches, each in a folder of its own: [name, base, one side, the other side] as shell in that folder. Each pair is
// used in both directions.
import { runToEnd } from './program.mjs'
import { git } from './repository.mjs'

const SUB = (digit) => digit.repeat(40)
const link = (digit, file = 'sub') => `git update-index --add --cacheinfo 160000,${SUB(digit)},$P/${file}; mkdir -p ${file}`
const seq = 'seq 1 40 >f'

const PAIRS = [
  ['content', seq, 'sed -i 20s/.*/one/ f', 'sed -i 20s/.*/other/ f'],
  ['clean in two files', 'echo 1 >f; echo 1 >g', 'echo 2 >f', 'echo 2 >g'],
  ['clean in one file', seq, 'sed -i 2s/.*/one/ f', 'sed -i 35s/.*/other/ f'],
  ['both added, different', 'echo 1 >f', 'echo one >new', 'echo other >new'],
  ['both added, equal', 'echo 1 >f', 'echo same >new', 'echo same >new'],
  ['modify and delete', seq, 'sed -i 20s/.*/one/ f', 'git rm -q f'],
  ['renamed to two names', seq, 'git mv f one', 'git mv f other'],
  ['renamed and modified', seq, 'git mv f one', 'sed -i 20s/.*/other/ f'],
  ['renamed and deleted', seq, 'git mv f one', 'git rm -q f'],
  ['two renamed to one name', 'seq 1 40 >f; seq 100 140 >g', 'git mv f h', 'git mv g h'],
  ['mode and content', seq, 'chmod +x f', 'sed -i 20s/.*/other/ f'],
  ['both added with two modes', 'echo 1 >f', 'echo x >new; chmod +x new', 'echo y >new'],
  ['binary on both sides', "printf 'a\\0b' >f", "printf 'one\\0b' >f", "printf 'other\\0b' >f"],
  ['binary on one side', "printf 'a\\0b' >f; echo 1 >g", "printf 'one\\0b' >f", 'echo 2 >g'],
  ['submodule to two commits', link('1'), link('2'), link('3')],
  ['submodule and file added', 'echo 1 >f', link('2'), 'echo file >sub'],
  ['file and folder added', 'echo 1 >f', 'echo file >d', 'mkdir d; echo in >d/x'],
  ['links to two targets', 'echo 1 >f', 'ln -s one l', 'ln -s other l'],
  ['type and content', seq, 'rm f; ln -s one f', 'sed -i 20s/.*/other/ f'],
  ['folder renamed and added to', 'mkdir old; seq 1 40 >old/f; seq 50 90 >old/g', 'git mv old new', 'echo added >old/h'],
]

/** Makes all pairs in a repository, from the commit that it has: [{name, one, other}], each a branch. */
export async function makePairs(repository) {
  const both = PAIRS.flatMap(([name, base, one, other], n) => [{ name, base, one, other, dir: `p${n}a` }, { name: `${name}, swapped`, base, one: other, other: one, dir: `p${n}b` }])
  const run = (script) => runToEnd('/bin/sh', ['-ec', `cd '${repository}'; export GIT_AUTHOR_NAME=T GIT_AUTHOR_EMAIL=t@e GIT_COMMITTER_NAME=T GIT_COMMITTER_EMAIL=t@e; ${script}`])
  const edit = ({ dir }, script) => `mkdir -p ${dir}; (cd ${dir}; P=${dir}; ${script}); git add --all`
  for (const pair of both) await run(edit(pair, pair.base))
  await run("git commit -qm base")
  const made = []
  for (const pair of both) {
    for (const side of ['one', 'other'])
      await run(`git switch -q main; git switch -qc ${pair.dir}-${side}; ${edit(pair, pair[side])}; git commit -qm ${side}; git switch -q main`)
    made.push({ name: pair.name, one: `${pair.dir}-one`, other: `${pair.dir}-other`, dir: pair.dir })
  }
  return made
}

/** What git merge-tree says of two commits: {isClean, lines: ["mode id stage\tpath"]}. */
export async function mergeTree(repository, one, other) {
  const { out, code } = await runToEnd('git', ['-C', repository, 'merge-tree', '--write-tree', '-z', '--no-messages', one, other], { code: null })
  const [, ...lines] = out.split('\0')
  return { isClean: code === 0, lines: lines.filter(Boolean) }
}

export const revision = async (repository, name) => (await git(repository, 'rev-parse', name)).trim()
