import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense, useState } from 'react'
import { overviewQuery } from '~/api/overview'
import { type StatusFields } from '~/lib/status'
import { StatusLine } from '~/ui/Status'

const load = () => import('~/features/agent-facts/EvidencePopup')
const Popup = lazy(async () => ({ default: (await load()).EvidencePopup }))

export type StatusWordProps = { agent: StatusFields & { id: string; name: string } }

export const triggerLook = 'touch -mx-1.5 flex h-7 min-w-0 items-center rounded-md px-1.5 hover:bg-bg3'

/** An agent's status in words; it opens what the status is based on. The code for that comes on the first intent. */
export function StatusWord({ agent: known }: StatusWordProps) {
  const { data: silentSince } = useQuery({ ...overviewQuery(), select: ({ body }) => body.agents.find(({ id }) => id === known.id)?.silentSince })
  const agent = { ...known, silentSince }
  const [isWanted, setWanted] = useState(false)
  const closed = (
    <button type="button" aria-haspopup="dialog" onPointerEnter={() => void load()} onFocus={() => void load()} onClick={() => setWanted(true)} className={triggerLook}>
      <StatusLine agent={agent} />
    </button>
  )
  if (!isWanted) return closed
  return (
    <Suspense fallback={closed}>
      <Popup agent={agent} />
    </Suspense>
  )
}
