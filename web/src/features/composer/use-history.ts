import { useQueryClient } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { messageQuery } from '~/api/workspace-queries'
import { CallError } from '~/api/wire'
import { stepThrough } from '~/features/composer/history'
import { toastError } from '~/ui/toasts'

type Walk = { at: number; text: string }

/** Own prompts of before, shown in place of the draft, which stays as it is until one of them is changed. */
export function useHistory(agentId: string, promptIds: readonly string[]) {
  const client = useQueryClient()
  const [walk, setWalk] = useState<Walk>()
  // The prompt that is being read, if the person has done nothing else since.
  const wanted = useRef<number>(undefined)
  function leave() {
    wanted.current = undefined
    setWalk(undefined)
  }
  async function show(at: number) {
    const id = promptIds[at]
    if (id === undefined) return
    wanted.current = at
    try {
      const { body } = await client.fetchQuery({ ...messageQuery(agentId, id), staleTime: 60_000 })
      if (wanted.current !== at) return
      wanted.current = undefined
      setWalk({ at, text: body.content })
    } catch (error) {
      if (wanted.current === at) wanted.current = undefined
      if (error instanceof CallError) toastError(error)
    }
  }
  return {
    walk,
    leave,
    /** True if there was a step to take. */
    step(direction: -1 | 1): boolean {
      const next = stepThrough(wanted.current ?? walk?.at, direction, promptIds.length)
      if (next === 'draft') leave()
      else if (next !== undefined) void show(next)
      return next !== undefined
    },
  }
}
