import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { messageQuery } from '~/api/workspace-queries'
import { CallError } from '~/api/wire'
import { stepThrough } from '~/features/composer/history'
import { toastError } from '~/ui/toasts'

type Walk = { at: number; text: string }

/** Own prompts of before, shown in place of the draft, which stays as it is until one of them is changed. */
export function useHistory(agentId: string, promptIds: readonly string[]) {
  const client = useQueryClient()
  const [walk, setWalk] = useState<Walk>()
  async function show(at: number) {
    const id = promptIds[at]
    if (id === undefined) return
    try {
      const { body } = await client.fetchQuery({ ...messageQuery(agentId, id), staleTime: 60_000 })
      setWalk({ at, text: body.content })
    } catch (error) {
      if (error instanceof CallError) toastError(error)
    }
  }
  return {
    walk,
    leave: () => setWalk(undefined),
    /** True if there was a step to take. */
    step(direction: -1 | 1): boolean {
      const next = stepThrough(walk?.at, direction, promptIds.length)
      if (next === 'draft') setWalk(undefined)
      else if (next !== undefined) void show(next)
      return next !== undefined
    },
  }
}
