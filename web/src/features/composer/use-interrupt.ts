import { useEffect, useState } from 'react'
import { isBusy } from '~/api/agents'
import type { Agent, Turn } from '~/api/generated'
import { useAct } from '~/api/use-act'

const armedMs = 2_000

type Armed = { messageId: string | undefined }

/** Ends the turn on screen, not one that has begun since: by one act, or by two presses of Escape within two seconds. */
export function useInterrupt(agent: Agent, turn: Turn | undefined) {
  const [armed, setArmed] = useState<Armed>()
  const { mutate, isPending } = useAct('interrupt_agent', undefined, 'toasted')
  const isOn = isBusy(agent)
  useEffect(() => {
    if (!armed) return undefined
    const timer = setTimeout(() => setArmed(undefined), armedMs)
    return () => clearTimeout(timer)
  }, [armed])
  const messageId = turn?.outcome === 'running' ? turn.messageId : undefined
  function run(of = messageId) {
    setArmed(undefined)
    if (!isPending) mutate({ agentId: agent.id, ...(of !== undefined && { messageId: of }) })
  }
  return {
    isOn,
    isArmed: isOn && armed !== undefined,
    isPending,
    run: () => run(),
    press() {
      if (armed) run(armed.messageId ?? messageId)
      else setArmed({ messageId })
    },
  }
}
