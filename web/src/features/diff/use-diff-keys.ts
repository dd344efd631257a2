import type { RefObject } from 'react'
import { useOpenIn } from '~/api/use-open-in'
import { chosenLines } from '~/features/diff/cursor'
import type { DiffFile, DiffState } from '~/features/diff/model'
import { printLine, spotOf, type LineRow } from '~/features/diff/rows'
import { isOfWorktree, type Against, type Sides } from '~/features/diff/sides'
import type { Ticks } from '~/features/diff/use-ticks'
import type { useCommentForm } from '~/features/diff/use-comment-form'
import type { GitActs } from '~/features/diff/use-git-acts'
import type { Reader } from '~/features/diff/use-reader'
import type { useDiffView } from '~/features/diff/view'
import { useKeys } from '~/lib/keys'
import { toast, toastError } from '~/ui/toasts'

type Parts = {
  part: RefObject<HTMLElement | null>
  ids: { workspaceId: string; worktreeId: string }
  sides: Sides
  against: Against
  reader: Reader
  state: DiffState
  ticks: Ticks
  view: ReturnType<typeof useDiffView>
  form: ReturnType<typeof useCommentForm>
  acts: GitActs
  isWide: boolean
}

const signs = { context: ' ', added: '+', removed: '-' } as const

async function copy(text: string, done: string) {
  try {
    await navigator.clipboard.writeText(text)
    toast(done)
  } catch {
    toastError(new Error('The browser did not allow copying. Select the text and copy it by hand.'))
  }
}

const copyLines = (rows: readonly LineRow[]) => copy(rows.map(({ raw }) => raw).join('\n'), rows.length === 1 ? 'Line copied' : `${rows.length} lines copied`)
const copyPatch = (rows: readonly LineRow[]) => copy(rows.map(({ change, raw }) => signs[change] + raw).join('\n'), `${rows.length} lines copied with their signs`)

/** The address of this page at a file, and at a line of it. */
function linkTo(against: Against, file: string, line?: string): string {
  const url = new URL(window.location.href)
  for (const [name, value] of Object.entries({ against, file, line })) {
    if (value === undefined) url.searchParams.delete(name)
    else url.searchParams.set(name, value)
  }
  url.hash = ''
  return url.href
}

/** What a person does in the diff, by key and by button. */
export function useDiffKeys({ part, ids, sides, against, reader, state, ticks, view, form, acts, isWide }: Parts) {
  const openIn = useOpenIn(ids)
  const current = (): DiffFile | undefined => state.files.find(({ path }) => path === reader.current)

  function toggleViewed(file: DiffFile | undefined) {
    if (file && !ticks.toggle(file)) toast('This file is still being read.')
  }
  function nextUnviewed() {
    const at = state.files.findIndex(({ path }) => path === reader.current)
    const next = [...state.files.slice(at + 1), ...state.files.slice(0, at + 1)].find((file) => ticks.viewed(file) !== 'yes')
    if (next) reader.showFile(next.path)
    else toast('You have viewed every file.')
  }
  const lines = () => chosenLines(reader.layout, reader.cursor)

  function comment() {
    const chosen = lines()
    const path = reader.cursor?.path
    const last = chosen.at(-1)
    if (!last || path === undefined) return toast('Choose a line first: ↑ and ↓, or a click on it.')
    const sameSide = chosen.filter((row) => (row.change === 'removed') === (last.change === 'removed'))
    const spot = spotOf(path, last)
    if (spot?.side === 'new' && !isOfWorktree(sides)) return toast('Comments go on the files as they are now: choose another comparison.')
    if (spot) form.open(spot, spotOf(path, sameSide[0] ?? last)?.line ?? spot.line, last.raw)
  }
  function copyLink(path: string, row?: LineRow) {
    const spot = row && spotOf(path, row)
    void copy(linkTo(against, path, spot && printLine(spot)), 'Link copied')
  }
  function stage() {
    const { row } = reader
    const file = current()
    if (!file) return
    const ofHunk = row?.kind === 'hunk' ? row.hunk : row?.kind === 'line' ? row.at?.hunk : undefined
    const hunk = ofHunk ? acts.hunkActs(file, ofHunk) : {}
    if (hunk.stage ?? hunk.unstage) return (hunk.stage ?? hunk.unstage)?.()
    if (acts.stageAt(file.path) === 'all') acts.unstageFile(file)
    else acts.stageFile?.(file)
  }
  useKeys(
    'pane',
    [
      { keys: 'j', label: 'next hunk', canRepeat: true, run: () => reader.hunk(1) },
      { keys: 'k', label: 'hunk before', canRepeat: true, run: () => reader.hunk(-1) },
      { keys: 'n', label: 'next unviewed', run: nextUnviewed },
      { keys: 'v', label: 'viewed', run: () => toggleViewed(current()) },
      { keys: 'c', label: 'comment', run: comment },
      { keys: 'i', label: 'ignore space', run: view.toggleSpace },
      { keys: 'w', label: 'wrap', isQuiet: true, run: view.toggleWrap },
      { keys: 's', label: 'stage', isQuiet: true, run: stage },
    ],
    isWide ? {} : { within: part },
  )
  useKeys(
    'list',
    [
      { keys: 'ArrowDown', label: 'next line', isQuiet: true, canRepeat: true, run: () => reader.line(1, false) },
      { keys: 'ArrowUp', label: 'line before', isQuiet: true, canRepeat: true, run: () => reader.line(-1, false) },
      { keys: 'Shift+ArrowDown', label: 'choose the next line too', isQuiet: true, canRepeat: true, run: () => reader.line(1, true) },
      { keys: 'Shift+ArrowUp', label: 'choose the line before too', isQuiet: true, canRepeat: true, run: () => reader.line(-1, true) },
    ],
    { within: reader.scroller },
  )
  return {
    toggleViewed,
    comment,
    copyLines,
    copyPatch,
    copyLink: (row?: LineRow) => reader.cursor && copyLink(reader.cursor.path, row),
    copyFileLink: copyLink,
    copyPath: (path: string) => void copy(path, 'Path copied'),
    openIn,
  }
}

export type DiffKeys = ReturnType<typeof useDiffKeys>
