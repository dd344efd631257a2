import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { FilePart } from '~/api/generated'
import { useDraft } from '~/api/ui-state'
import { useAct } from '~/api/use-act'
import type { Answer } from '~/api/wire'
import { openFileQuery } from '~/features/files/queries'
import { digestOf } from '~/lib/digest'
import { isObject, parseJson } from '~/lib/json'
import { toast } from '~/ui/toasts'

/** A text that was typed and not saved, and the digest of what it was made from. */
type Edited = { from: string; content: string }

/** What the person's state takes; a longer text stays on this page alone. */
const mostKept = 48 * 1024

function parseEdited(text: string): Edited | undefined {
  const parsed = text === '' ? undefined : parseJson(text)
  const value = parsed && 'value' in parsed ? parsed.value : undefined
  return isObject(value) && typeof value['from'] === 'string' && typeof value['content'] === 'string' ? { from: value['from'], content: value['content'] } : undefined
}

type Place = { workspaceId: string; worktreeId: string; path: string }

/**
 * The text of a file as it is edited. It knows from which content it was made: if the file holds another one by now, both are shown
 * and nothing is written until the person has chosen.
 */
export function useEdited(place: Place, file: FilePart | undefined) {
  const client = useQueryClient()
  const draft = useDraft(`file/${place.worktreeId}/${digestOf(place.path)}`)
  const [long, setLong] = useState<Edited>()
  const edited = long ?? parseEdited(draft.text)
  const { workspaceId, worktreeId, path } = place
  const { queryKey } = openFileQuery(place, path)
  const save = useAct('write_file', ({ digest, size }, { content }) => {
    client.setQueryData<Answer<FilePart>>(queryKey, (now) => now && { ...now, body: { ...now.body, digest, size, content } })
    toast('Saved')
  })
  const disk = file?.content
  const isChanged = edited !== undefined && edited.content !== disk
  function keep(next: Edited | undefined) {
    const text = next === undefined ? '' : JSON.stringify(next)
    const isLong = text.length > mostKept || new TextEncoder().encode(text).length > mostKept
    setLong(isLong ? next : undefined)
    draft.set(isLong ? '' : text)
  }
  function write(content: string, ifDigest: string) {
    save.mutate(
      { workspaceId, worktreeId, path, content, ifDigest },
      {
        onSuccess: () => keep(undefined),
        onError: ({ code }) => code === 'CONFLICT' && void client.invalidateQueries({ queryKey }),
      },
    )
  }
  return {
    text: edited?.content ?? disk ?? '',
    isChanged,
    /** The file was changed since the text was begun. */
    isConflict: isChanged && file?.digest !== undefined && edited.from !== file.digest,
    isSaving: save.isPending,
    error: save.error?.code === 'CONFLICT' ? null : save.error,
    onText: (content: string) => file?.digest !== undefined && keep({ from: edited?.from ?? file.digest, content }),
    save: () => edited && isChanged && write(edited.content, edited.from),
    /** Over what is on disk now, which is set aside first. */
    keepMine: () => edited && file?.digest !== undefined && write(edited.content, file.digest),
    takeTheirs: () => keep(undefined),
    /** What is on disk becomes the ground of the text. */
    goOn: () => edited && file?.digest !== undefined && keep({ from: file.digest, content: edited.content }),
  }
}

export type EditedFile = ReturnType<typeof useEdited>
