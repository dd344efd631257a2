import { useQueryClient } from '@tanstack/react-query'
import { useMemo } from 'react'
import type { FilePart } from '~/api/generated'
import { uiValue, useDraft } from '~/api/ui-state'
import { useAct } from '~/api/use-act'
import { fileQuery } from '~/api/workspace-queries'
import { CallError, type Answer } from '~/api/wire'
import { digestOf } from '~/lib/digest'
import { isObject, parseJson, textAt } from '~/lib/json'
import { toast, toastUndo } from '~/ui/toasts'

/** A text that was typed and not saved, and the digest of what it was made from. */
type Edited = { from: string; content: string }

function parseEdited(text: string): Edited | undefined {
  const parsed = parseJson(text)
  const value = 'value' in parsed ? parsed.value : undefined
  return isObject(value) && typeof value['from'] === 'string' && typeof value['content'] === 'string' ? { from: value['from'], content: value['content'] } : undefined
}

type Place = { workspaceId: string; worktreeId: string; path: string }

/** How its content was last read: what was read before stays beside the error. */
type Read = { data: FilePart | undefined; error: Error | null; isFetching: boolean }

/**
 * The text of a file as it is edited. It knows from which content it was made: if the file holds another one by now, both are shown
 * and nothing is written until the person has chosen. It is kept as drafts are: a text of any length survives a look at another file
 * and a reload, and one that the daemon can take reaches other devices.
 */
export function useEdited(place: Place, { data: file, error, isFetching }: Read) {
  const client = useQueryClient()
  const { workspaceId, worktreeId, path } = place
  const name = `file/${worktreeId}/${digestOf(path)}`
  const draft = useDraft(name)
  const edited = useMemo(() => parseEdited(draft.text), [draft.text])
  const { queryKey } = fileQuery(workspaceId, worktreeId, path)
  const keep = (next: Edited | undefined) => draft.set(next ? JSON.stringify(next) : '')
  const save = useAct('write_file', ({ digest, size }, { content }) => {
    const unread = { body: { path, offset: 0, isBinary: false, size }, cursors: [] }
    client.setQueryData<Answer<FilePart>>(queryKey, (now) => ({ ...(now ?? unread), body: { ...(now ?? unread).body, digest, size, content } }))
    // What was typed while it was being saved goes on from what is saved now.
    const now = parseEdited(textAt(uiValue(`text/${name}`).get(), 'text') ?? '')
    keep(now && now.content !== content ? { from: digest, content: now.content } : undefined)
    toast('Saved')
  })
  const disk = file?.content
  const isChanged = edited !== undefined && edited.content !== disk
  const write = (content: string, ifDigest: string) =>
    save.mutate({ workspaceId, worktreeId, path, content, ifDigest }, { onError: ({ code }) => code === 'CONFLICT' && void client.invalidateQueries({ queryKey }) })
  const isGone = error instanceof CallError && error.code === 'NOT_FOUND'
  const isConflict = isChanged && !isGone && !save.isPending && file?.digest !== undefined && edited.from !== file.digest
  /** Nothing else keeps the text that goes. */
  function drop(label: string) {
    if (!edited) return
    keep(undefined)
    save.reset()
    toastUndo(label, async () => {
      if (draft.restore(JSON.stringify(edited))) return true
      toast('A newer text is not saved: save or revert it first')
      return false
    })
  }
  return {
    /** What another device wrote at the same time. */
    draft,
    text: edited?.content ?? disk ?? '',
    isChanged,
    /** The file was changed since the text was begun, and not by saving it. */
    isConflict,
    /** The file was deleted since it was read. */
    isGone,
    isSaving: save.isPending,
    /** Why it was not saved. What is on disk instead is read then, and shown as a conflict or as gone. */
    error: save.error?.code === 'CONFLICT' && (isConflict || isGone || isFetching) ? null : save.error,
    onText: (content: string) => file?.digest !== undefined && keep({ from: isChanged ? edited.from : file.digest, content }),
    save: () => edited && isChanged && !save.isPending && write(edited.content, edited.from),
    /** Over what is on disk now, which is set aside first. */
    keepMine: () => edited && file?.digest !== undefined && write(edited.content, file.digest),
    takeTheirs: () => drop('Took what is on disk'),
    /** Of a file that was deleted: the text, or what was last read of it. */
    writeAgain: () => {
      const content = edited?.content ?? disk
      if (content !== undefined && !save.isPending) write(content, '')
    },
    dropMine: () => drop('Dropped your text'),
    /** What is on disk becomes the ground of the text. */
    goOn: () => {
      if (!edited || file?.digest === undefined) return
      keep({ from: file.digest, content: edited.content })
      save.reset()
    },
  }
}

export type EditedFile = ReturnType<typeof useEdited>
