import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { FilePart } from '~/api/generated'
import { uiValue, useUiState } from '~/api/ui-state'
import { useAct } from '~/api/use-act'
import type { Answer } from '~/api/wire'
import { openFileQuery } from '~/features/files/queries'
import { digestOf } from '~/lib/digest'
import { isObject, parseJson, textAt } from '~/lib/json'
import { toast, toastUndo } from '~/ui/toasts'

/** A text that was typed and not saved, and the digest of what it was made from. */
type Edited = { from: string; content: string }

function parseEdited(stored: unknown): Edited | undefined {
  const text = textAt(stored, 'text')
  const parsed = text === undefined ? undefined : parseJson(text)
  const value = parsed && 'value' in parsed ? parsed.value : undefined
  return isObject(value) && typeof value['from'] === 'string' && typeof value['content'] === 'string' ? { from: value['from'], content: value['content'] } : undefined
}

type Place = { workspaceId: string; worktreeId: string; path: string }

/**
 * The text of a file as it is edited. It knows from which content it was made: if the file holds another one by now, both are shown
 * and nothing is written until the person has chosen. It is kept as drafts are: a text of any length survives a look at another file
 * and a reload, and one that the daemon can take reaches other devices.
 */
export function useEdited(place: Place, file: FilePart | undefined) {
  const client = useQueryClient()
  const { workspaceId, worktreeId, path } = place
  const key = `text/file/${worktreeId}/${digestOf(path)}`
  const [edited] = useUiState(key, parseEdited)
  const [restored, setRestored] = useState(0)
  const { queryKey } = openFileQuery(place, path)
  const kept = uiValue(key)
  const keep = (next: Edited | undefined) => kept.set(next && { text: JSON.stringify(next) })
  const save = useAct('write_file', ({ digest, size }, { content }) => {
    client.setQueryData<Answer<FilePart>>(queryKey, (now) => now && { ...now, body: { ...now.body, digest, size, content } })
    // What was typed while it was being saved goes on from what is saved now.
    const now = parseEdited(kept.get())
    keep(now && now.content !== content ? { from: digest, content: now.content } : undefined)
    toast('Saved')
  })
  const disk = file?.content
  const isChanged = edited !== undefined && edited.content !== disk
  const write = (content: string, ifDigest: string) =>
    save.mutate({ workspaceId, worktreeId, path, content, ifDigest }, { onError: ({ code }) => code === 'CONFLICT' && void client.invalidateQueries({ queryKey }) })
  /** Nothing else keeps the text that goes. */
  function takeTheirs() {
    if (!edited) return
    keep(undefined)
    toastUndo('Took what is on disk', async () => {
      if (parseEdited(kept.get())) {
        toast('A newer text is not saved: save or revert it first')
        return false
      }
      keep(edited)
      setRestored((n) => n + 1)
      return true
    })
  }
  return {
    text: edited?.content ?? disk ?? '',
    isChanged,
    /** The file was changed since the text was begun, and not by saving it. */
    isConflict: isChanged && !save.isPending && file?.digest !== undefined && edited.from !== file.digest,
    isSaving: save.isPending,
    error: save.error?.code === 'CONFLICT' ? null : save.error,
    onText: (content: string) => file?.digest !== undefined && keep({ from: isChanged ? edited.from : file.digest, content }),
    save: () => edited && isChanged && !save.isPending && write(edited.content, edited.from),
    /** Over what is on disk now, which is set aside first. */
    keepMine: () => edited && file?.digest !== undefined && write(edited.content, file.digest),
    takeTheirs,
    /** How often a text came back: the editor begins with it again. */
    restored,
    /** What is on disk becomes the ground of the text. */
    goOn: () => edited && file?.digest !== undefined && keep({ from: file.digest, content: edited.content }),
  }
}

export type EditedFile = ReturnType<typeof useEdited>
