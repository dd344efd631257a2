import { isObject, listAt, textAt } from '~/lib/json'

/** What beyond its folder a call reaches, as far as its own words say it. A part in backquotes can be pasted. */
export type Reach = { what: string; by: string }

type Pattern = { words: RegExp; what: (found: RegExpExecArray) => string; by: string }

/** A command at the start of the text or behind an operator. */
const at = String.raw`(?:^|[;&|(\n]|\b(?:then|do|else|sudo|exec|time|env)\s)\s*`
const words = (text: string) => new RegExp(`${at}${text}`)

/** Flags that take no value: behind another one, the next word may not be the remote. */
const pushFlags = '-f|-u|-q|-v|-n|-d|--force|--set-upstream|--tags|--force-with-lease|--no-verify|--delete|--dry-run|--quiet|--verbose'

const patterns: readonly Pattern[] = [
  {
    words: words(String.raw`git\s+(?:-\S+(?:\s+(?!push\s)[^-\s]\S*)?\s+)*push\b(?:\s+(?:${pushFlags})(?=\s|$))*(?:\s+([\w./@:][\w./@:-]*))?`),
    what: ([, remote]) => (remote === undefined ? 'a remote' : `the remote ${remote}`),
    by: 'git push',
  },
  { words: words(String.raw`gh\s+(?:pr|release|issue|repo|api|workflow)\b`), what: () => 'GitHub', by: 'gh' },
  { words: words(String.raw`(?:npm|pnpm|yarn)\s+publish\b`), what: () => 'the package registry', by: 'publish' },
  { words: words(String.raw`(curl|wget)\b`), what: () => 'the network', by: 'curl or wget' },
  { words: words(String.raw`(?:ssh|scp|rsync|sftp)\b`), what: () => 'another machine', by: 'ssh, scp or rsync' },
  { words: words(String.raw`docker\s+push\b`), what: () => 'an image registry', by: 'docker push' },
]

const isRoot = /(?:^|[;&|(\n]\s*|\s)sudo\s/

function ofCommand(command: string): Reach[] {
  const found = patterns.flatMap(({ words: pattern, what, by }) => {
    const match = pattern.exec(command.slice(0, 20_000))
    return match ? [{ what: what(match), by }] : []
  })
  return isRoot.test(command) ? [...found, { what: 'the whole system', by: 'sudo' }] : found
}

function pathsOf(input: unknown): string[] {
  const own = ['file_path', 'path', 'notebook_path'].flatMap((key) => textAt(input, key) ?? [])
  return [...own, ...listAt(input, 'edits').flatMap((edit) => textAt(edit, 'file_path') ?? [])]
}

function isOutside(path: string, root: string | undefined): boolean {
  if (path.split('/').includes('..')) return true
  return root !== undefined && path.startsWith('/') && path !== root && !path.startsWith(`${root}/`)
}

/** Read from the words alone: an empty answer does not mean that a call reaches nothing. */
export function reachOf(input: unknown, root: string | undefined): Reach[] {
  if (!isObject(input)) return []
  const command = textAt(input, 'command')
  if (command !== undefined) return ofCommand(command)
  const url = textAt(input, 'url')
  if (url !== undefined) return [{ what: 'the network', by: hostOf(url) }]
  const outside = pathsOf(input).find((path) => isOutside(path, root))
  return outside === undefined ? [] : [{ what: 'a file outside of its worktree', by: outside }]
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url.slice(0, 200)
}
