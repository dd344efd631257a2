// What the agents of the prepared home work on: the repositories' files, and what the scripted model answers them.

const text = (...lines) => ({ text: lines.join('\n') })
const say = (...lines) => ({ ...text(...lines), pace: 4 })
const read = (file) => ({ tool: 'Read', input: { file_path: `\${cwd}/${file}` } })
const write = (file, content) => ({ tool: 'Write', input: { file_path: `\${cwd}/${file}`, content } })
const edit = (file, before, after) => ({ tool: 'Edit', input: { file_path: `\${cwd}/${file}`, old_string: before, new_string: after } })
const bash = (command, description) => ({ tool: 'Bash', input: { command, description } })
const used = (thousands, output) => ({ input: 1400, cacheRead: thousands * 1000, cacheCreation: 1200, output })

const RETRY = `//! Retries of a request to the storage node.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(50);

/// How long to wait before the given attempt.
pub fn wait_before(attempt: u32) -> Duration {
    FIRST * 2u32.pow(attempt)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles() {
        assert_eq!(wait_before(1), FIRST * 2);
        assert_eq!(wait_before(3), FIRST * 8);
    }
}
`

const PAGES = `import { db } from './db'

export type Entry = { id: string; at: number; amount: number }

/** The newest first. */
export async function listEntries(page: number, size = 50): Promise<Entry[]> {
  return db.all('SELECT * FROM entry ORDER BY at DESC LIMIT ? OFFSET ?', size, page * size)
}
`

const TABLE = `import { useState } from 'react'
import type { Holding } from './holding'

const HEIGHT = 32

export function HoldingsTable({ rows }: { rows: Holding[] }) {
  const [chosen, setChosen] = useState<string>()
  return (
    <table>
      {rows.map((row) => (
        <tr key={row.id} style={{ height: HEIGHT }} aria-selected={row.id === chosen} onClick={() => setChosen(row.id)}>
          <td>{row.name}</td>
          <td>{row.amount}</td>
        </tr>
      ))}
    </table>
  )
}
`

/** The files of each repository. */
export const files = {
  tidepool: {
    'README.md': '# tidepool\n\nA small store for time series.\n',
    'Cargo.toml': '[package]\nname = "tidepool"\nversion = "0.4.1"\nedition = "2024"\n',
    'src/retry.rs': RETRY,
    'src/wal.rs': 'pub struct Frame {\n    pub length: u32,\n    pub bytes: Vec<u8>,\n}\n',
    'docs/wire.md': '# Wire format\n\nEach frame begins with its length.\n',
  },
  'ledger-api': {
    'README.md': '# ledger-api\n\nEntries, balances and their history over HTTP.\n',
    'package.json': '{\n  "name": "ledger-api",\n  "version": "2.3.0",\n  "scripts": { "test": "node --test" }\n}\n',
    'src/entries.ts': PAGES,
    'src/db.ts': "export { open as db } from 'node:sqlite'\n",
  },
  'heron-ui': {
    'README.md': '# heron-ui\n\nThe portfolio in a browser.\n',
    'src/HoldingsTable.tsx': TABLE,
    'src/holding.ts': 'export type Holding = { id: string; name: string; amount: number }\n',
  },
}

/** Long enough that its ask is cut on every screen. */
const manyLines = Array.from({ length: 100 }, (_, n) => `INSERT INTO account (id, name) VALUES (${n + 1}, 'Account ${String(n + 1).padStart(3, '0')}');`)

const bounded = `    FIRST.saturating_mul(2u32.saturating_pow(attempt)).min(LAST)`

const scenarios = {
  // Waits for a permission, after a turn that is done.
  backoff: [
    { content: [{ thinking: 'The wait doubles without a limit. An attempt above 31 overflows the power, and long before that nobody would wait so long.' }, say('The wait doubles without a bound: attempt 32 overflows. I look at what calls it.'), read('src/retry.rs'), bash('grep -rn wait_before src', 'Find the callers')], usage: used(140, 160) },
    { content: [edit('src/retry.rs', 'const FIRST: Duration = Duration::from_millis(50);', 'const FIRST: Duration = Duration::from_millis(50);\nconst LAST: Duration = Duration::from_secs(30);'), edit('src/retry.rs', '    FIRST * 2u32.pow(attempt)', bounded)], usage: used(160, 210) },
    { content: [say('The wait is bounded to **30 seconds** now, and the arithmetic saturates:', '', '```rust', bounded, '```', '', '| attempt | before | after |', '|---|---|---|', '| 3 | 400 ms | 400 ms |', '| 12 | 3 min 25 s | 30 s |', '| 32 | panic | 30 s |')], usage: used(180, 180) },
  ],
  push: [
    { content: [say('I run the tests, then I commit and push.'), bash('cargo test --workspace --no-fail-fast && git commit -am "net: bound the retry backoff" && git push origin retry-backoff', 'Test, commit and push')], usage: used(210, 120) },
    { content: [say('Pushed.')], usage: used(220, 20) },
  ],
  seed: [
    { content: [say('The sample accounts go into a file of their own.'), write('seed/accounts.sql', manyLines.join('\n') + '\n')], usage: used(480, 4100) },
    { content: [say('The accounts are in `seed/accounts.sql`.')], usage: used(520, 30) },
  ],
  tie: [
    { content: [say('Two entries can have the same time, so a cursor needs a second column.'), read('src/entries.ts'), { tool: 'AskUserQuestion', input: { questions: [{ question: 'Two entries can share a timestamp. What breaks the tie?', header: 'Tie', multiSelect: false, options: [{ label: 'The id', description: 'Stable, and already indexed' }, { label: 'The order of insertion', description: 'Needs a new column and a migration' }] }, { question: 'Which clients must keep page numbers?', header: 'Clients', multiSelect: true, options: [{ label: 'The old app', description: 'Until version 3 is out' }, { label: 'The export', description: 'Runs every night' }, { label: 'None', description: 'Answer 410 from now on' }] }] } }], usage: used(630, 240) },
    { content: [say('Thank you. I go on with that.')], usage: used(640, 12) },
  ],
  plan: [
    { content: [read('src/HoldingsTable.tsx'), say('I have read the table. This is what I would do.'), { tool: 'ExitPlanMode', input: { plan: '# Virtual rows for the holdings table\n\n1. Keep the row height in one constant: 32 px.\n2. Compute the window from the scroll position, without measuring.\n3. Render the rows of the window and one screen above and below.\n4. Keep the chosen row mounted, so that focus stays.\n5. Test with 10,000 rows: at most 80 in the document.\n\nThe header stays as it is; nothing else changes.', allowedPrompts: [] } }], usage: used(380, 310) },
    { content: [say('I keep to that plan.')], usage: used(390, 12) },
  ],
  // Runs for hours.
  checksums: [
    { content: [{ thinking: 'Each frame needs its own checksum, or a torn write looks like the end of the log.' }, say('I begin with the format, then the reader, then the benchmarks.'), { tool: 'TodoWrite', input: { todos: [{ content: 'Write the format down', status: 'completed', activeForm: 'Writing the format down' }, { content: 'Check frames while reading', status: 'in_progress', activeForm: 'Checking frames while reading' }, { content: 'Measure it', status: 'pending', activeForm: 'Measuring it' }] } }, read('src/wal.rs'), read('docs/wire.md'), bash('ls -la src docs', 'List the sources')], usage: used(700, 220) },
    { content: [edit('src/wal.rs', '    pub length: u32,', '    pub length: u32,\n    /// CRC-32C of the bytes.\n    pub checksum: u32,'), edit('docs/wire.md', 'Each frame begins with its length.', 'Each frame begins with its length and the CRC-32C of its bytes.')], usage: used(740, 190) },
    { content: [{ ...text('The frame carries its checksum. What follows is the reasoning for the reader, step by step.', '', '- A frame whose checksum differs ends the log **only** if nothing valid follows it.', '- A frame that is shorter than its length is a torn write: it is cut off, and the log goes on from there.', '- `Frame::verify` is called once, when the frame is read, never again.', '', ''), repeat: 4000, chunk: 22, pace: 240 }], usage: used(840, 900) },
  ],
  overload: [
    { content: [say('I look for the partitions of last year.'), bash('ls src', 'List the sources')], usage: used(220, 60) },
    { status: 529, message: 'Overloaded', retryAfter: 50 }, // the CLI tries ten times
  ],
  // Finished, with changes; the second conflicts with the first.
  keys: [
    { content: [say('I make the write idempotent by a key that the client sends.'), read('src/entries.ts'), edit('src/entries.ts', '/** The newest first. */\nexport async function listEntries(page: number, size = 50)', '/** The newest first; at most 200. */\nexport async function listEntries(page: number, size = 100)'), write('src/keys.ts', "import { db } from './db'\n\n/** True if the key was not seen before. */\nexport async function takeKey(key: string): Promise<boolean> {\n  const { changes } = await db.run('INSERT OR IGNORE INTO idempotency (key) VALUES (?)', key)\n  return changes === 1\n}\n")], usage: used(580, 420) },
    { content: [say('A repeated `POST /entries` with the same `Idempotency-Key` answers as the first one did. The key is stored in the same transaction as the entry.')], usage: used(591, 80) },
  ],
  limits: [
    { content: [edit('src/entries.ts', '/** The newest first. */\nexport async function listEntries(page: number, size = 50)', '/** The newest first, at most 25. */\nexport async function listEntries(page: number, size = 25)')], usage: used(110, 90) },
    { content: [say('Pages have at most 25 entries.')], usage: used(111, 16) },
  ],
  // Done and committed afterwards: `audit` and `index` change the same line, `health` meets nobody, `links` has landed.
  audit: [
    { content: [say('Each change of an entry gets a row in the audit log.'), read('src/entries.ts'), edit('src/entries.ts', "return db.all('SELECT * FROM entry ORDER BY at DESC LIMIT ? OFFSET ?', size, page * size)", "return db.all('SELECT * FROM entry WHERE replaced_by IS NULL ORDER BY at DESC LIMIT ? OFFSET ?', size, page * size)"), write('src/audit.ts', "import { db } from './db'\n\nexport type Change = { entry: string; by: string; at: number; was: string }\n\n/** In the transaction of the change itself. */\nexport async function noteChange({ entry, by, at, was }: Change) {\n  await db.run('INSERT INTO audit (entry, by, at, was) VALUES (?, ?, ?, ?)', entry, by, at, was)\n}\n")], usage: used(88, 260) },
    { content: [say('An entry that was replaced keeps its row, and the log says who replaced it.')], usage: used(92, 40) },
  ],
  index: [
    { content: [say('The list is ordered by time without an index.'), edit('src/entries.ts', "return db.all('SELECT * FROM entry ORDER BY at DESC LIMIT ? OFFSET ?', size, page * size)", "return db.all('SELECT * FROM entry INDEXED BY entry_by_at ORDER BY at DESC, id DESC LIMIT ? OFFSET ?', size, page * size)"), write('migrations/007_entry_by_at.sql', 'CREATE INDEX entry_by_at ON entry (at DESC, id DESC);\n')], usage: used(61, 150) },
    { content: [say('The query reads the index alone: 0.4 ms where it took 38 ms.')], usage: used(64, 30) },
  ],
  health: [
    { content: [write('src/health.ts', "import { db } from './db'\n\n/** 200 as soon as the store answers. */\nexport async function health(): Promise<number> {\n  const row = await db.get('SELECT 1 AS one')\n  return row?.one === 1 ? 200 : 503\n}\n")], usage: used(35, 80) },
    { content: [say('`GET /health` answers 200 once the store does.')], usage: used(36, 18) },
  ],
  links: [
    { content: [edit('README.md', 'Entries, balances and their history over HTTP.', 'Entries, balances and their history over HTTP. The routes are in [docs/routes.md](docs/routes.md).')], usage: used(20, 40) },
    { content: [say('The README leads to the routes.')], usage: used(21, 12) },
  ],
  more: [
    { content: [write('test/keys.test.ts', "import { test } from 'node:test'\nimport assert from 'node:assert/strict'\nimport { takeKey } from '../src/keys'\n\ntest('a key is taken once', async () => {\n  assert.equal(await takeKey('a'), true)\n  assert.equal(await takeKey('a'), false)\n})\n"), bash('node --version', 'Which Node runs the tests')], usage: used(594, 200) },
    { content: [say('The test is there.')], usage: used(595, 14) },
  ],
  // A wait that the CLI does not accept: the turn fails at once.
  refused: [{ status: 529, message: 'Overloaded', retryAfter: 900 }],
  survey: [
    { content: [say('Someone else can look at the menus meanwhile.'), { tool: 'Task', input: { description: 'Survey the menus', prompt: 'List what the menus lack for keyboards. @@menus', subagent_type: 'general-purpose' } }], usage: used(156, 150) },
    { content: [say('It looks through them in the background; I wait for its table.')], usage: used(157, 30) },
    { content: [say('Three menus cannot be reached by keyboard; the table above says which.')], usage: used(158, 40) },
  ],
  menus: [
    { content: [say('I read the sources.'), read('src/HoldingsTable.tsx'), bash('grep -rn onClick src', 'Find what only a mouse reaches')], usage: used(12, 90) },
    { content: [say('| menu | by keyboard |', '|---|---|', '| rows | no |', '| account | no |', '| columns | no |')], usage: used(13, 60) },
  ],
  certificates: [
    { content: [say('I start with a list of what reads the certificate.'), { ...text('The certificate is read once at start. '), repeat: 40, pace: 20 }], usage: used(270, 300) },
  ],
  // As fast as the CLI reads it: about a thousand events a second.
  busy: [{ content: [{ ...text('The next frame is read, verified and copied; ', ''), repeat: 60000, chunk: 24, pace: 1 }], usage: used(120, 900) }],
  hello: [{ content: [say('Ready when you are.')], usage: used(90, 8) }],
}

export const script = { default: 'hello', scenarios }
