import { useQuery } from '@tanstack/react-query'
import { lazy, useState } from 'react'
import { overviewQuery } from '~/api/overview'
import { LazyPart } from '~/ui/LazyPart'
import { StatusLine } from '~/ui/Status'
import type { StatusPartProps } from '~/ui/status-part'

const load = () => import('~/features/agent-facts/EvidencePopup')
const Popup = lazy(async () => ({ default: (await load()).EvidencePopup }))

const standardLook = 'touch -mx-1.5 flex h-7 min-w-0 items-center rounded-md px-1.5 hover:bg-bg3'

/** An agent's status in words; it opens what the status is based on. The code for that comes on the first intent. */
export function StatusWord({ agent, children, className = standardLook }: StatusPartProps) {
  const [isWanted, setWanted] = useState(false)
  const text = children ?? <Line agent={agent} />
  const closed = (
    <button type="button" aria-haspopup="dialog" onPointerEnter={() => void load()} onFocus={() => void load()} onClick={() => setWanted(true)} className={className}>
      {text}
    </button>
  )
  if (!isWanted) return closed
  return (
    <LazyPart fallback={closed}>
      <Popup agent={agent} className={className}>
        {text}
      </Popup>
    </LazyPart>
  )
}

function Line({ agent }: Pick<StatusPartProps, 'agent'>) {
  const { data: silentSince } = useQuery({ ...overviewQuery(), select: ({ body }) => body.agents.find(({ id }) => id === agent.id)?.silentSince })
  return <StatusLine agent={{ ...agent, silentSince }} />
}
