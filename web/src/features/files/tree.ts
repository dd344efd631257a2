import type { FileEntry, Files } from '~/api/generated'

/** What is known of one page of a folder. */
export type FolderPage = { data?: Files | undefined; error?: Error | null | undefined }

export type TreeRow = { key: string; depth: number } & (
  | { kind: 'entry'; entry: FileEntry; isOpen: boolean }
  | { kind: 'more'; folder: string; after: string; left: number }
  | { kind: 'note'; text: string }
  | { kind: 'failed'; folder: string; text: string }
)

/** The open folders, by path, each with the cursors of its pages; '' is the worktree's own, whose first page has no cursor. */
export type Open = ReadonlyMap<string, readonly string[]>

export const nameOf = (path: string) => path.slice(path.lastIndexOf('/') + 1)
export const parentOf = (path: string) => path.slice(0, Math.max(0, path.lastIndexOf('/')))

/** The rows of a tree whose folders are read when they are opened. */
export function treeRows(open: Open, pageOf: (folder: string, after: string) => FolderPage): TreeRow[] {
  const rows: TreeRow[] = []
  addFolder('', 0)
  return rows

  function addFolder(folder: string, depth: number) {
    const cursors = open.get(folder) ?? ['']
    let shown = 0
    for (const after of cursors) {
      const { data, error } = pageOf(folder, after)
      if (!data) {
        if (error) rows.push({ key: `${folder}\0error`, kind: 'failed', folder, depth, text: error.message })
        else rows.push({ key: `${folder}\0wait${after}`, kind: 'note', depth, text: 'Reading…' })
        return
      }
      for (const entry of data.entries) addEntry(entry, depth)
      shown += data.entries.length
      if (shown === 0) rows.push({ key: `${folder}\0empty`, kind: 'note', depth, text: 'Empty' })
      if (after === cursors.at(-1) && data.next !== undefined) rows.push({ key: `${folder}\0more`, kind: 'more', folder, depth, after: data.next, left: Math.max(1, data.total - shown) })
    }
  }

  function addEntry(entry: FileEntry, depth: number) {
    const isOpen = entry.kind === 'folder' && open.has(entry.path)
    rows.push({ key: entry.path, kind: 'entry', depth, entry, isOpen })
    if (isOpen) addFolder(entry.path, depth + 1)
  }
}

export function toggled(open: Open, folder: string): Open {
  const next = new Map(open)
  if (!next.delete(folder)) next.set(folder, [''])
  return next
}

/** With every folder on the way to a file open. */
export function openTo(open: Open, path: string): Open {
  const folders: string[] = []
  for (let folder = parentOf(path); folder !== ''; folder = parentOf(folder)) folders.push(folder)
  if (folders.every((folder) => open.has(folder))) return open
  return new Map([...open, ...folders.filter((folder) => !open.has(folder)).map((folder) => [folder, ['']] as const)])
}

export function withPage(open: Open, folder: string, after: string): Open {
  return new Map(open).set(folder, [...(open.get(folder) ?? ['']), after])
}

/** "modified", "3 changed", "ignored": what git says, in words. */
export function stateWords({ kind, state, changed, isIgnored }: FileEntry): string {
  if (isIgnored) return 'ignored'
  if (kind === 'folder') return changed > 0 ? `${changed} changed` : ''
  if (kind === 'link') return state === 'clean' ? 'link' : `link, ${state}`
  if (kind === 'special') return 'no file'
  return state === 'clean' ? '' : state
}
