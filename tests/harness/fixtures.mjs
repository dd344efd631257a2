// What an earlier release left, made by tests/fixtures/make.sh.
import { chmod, copyFile, mkdir, readFile, readdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { makeFolder, muster } from './daemon.mjs'
import { checkout, runToEnd } from './program.mjs'
import { change, rows } from './recovery.mjs'

const first = path.join(checkout, 'tests/fixtures/fa04bce')

/** The folder of a launch whose hold was the first release's: two turns, an ask allowed and one denied, stopped. */
export const firstLog = path.join(first, 'log')

/** A folder of programs: this build's daemon, and beside it the first release's hold, which it starts from there. */
export async function firstHoldBeside() {
  const folder = path.join(await makeFolder('older'), 'bin')
  await mkdir(folder)
  await copyFile(muster, path.join(folder, 'muster'))
  await copyFile(path.join(first, 'muster-hold'), path.join(folder, 'muster-hold'))
  await chmod(path.join(folder, 'muster-hold'), 0o755)
  return folder
}

/** In every column of text except those of events, which must match their logs. */
async function replaceInStore(home, from, to) {
  const columns = await rows(
    home,
    `SELECT t.name AS "table", c.name AS "column" FROM pragma_table_list t JOIN pragma_table_info(t.name) c
     WHERE t.type = 'table' AND t.schema = 'main' AND t.name NOT LIKE 'sqlite_%' AND t.name <> 'event' AND c.type = 'TEXT'`,
  )
  const updates = columns.map(({ table, column }) => `UPDATE "${table}" SET "${column}" = replace("${column}", '${from}', '${to}') WHERE instr("${column}", '${from}');`)
  await change(home, updates.join('\n'))
}

/** A home that the first release's daemon left, with its repositories, unpacked: {home, root}. tests/fixtures/README.md
 * describes its content. */
export async function firstHome() {
  const root = await makeFolder('first')
  await runToEnd('tar', ['-xzf', path.join(first, 'store.tar.gz'), '-C', root])
  const folders = await readdir(root)
  const home = path.join(root, folders.find((name) => name.startsWith('home-')))
  const from = (await readFile(path.join(root, 'root'), 'utf8')).trim()
  await replaceInStore(home, from, root)
  const { out } = await runToEnd('grep', ['-rlIF', '--', from, root])
  for (const file of out.split('\n').filter((name) => !name.endsWith('/root'))) {
    const text = await readFile(file, 'utf8')
    await writeFile(file, text.replaceAll(from, root))
  }
  return { home, root }
}
