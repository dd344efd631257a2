import { useRef, useState } from 'react'
import { sideFilter, useSideGroups } from '~/app/side/use-side-groups'
import { useRouter } from '@tanstack/react-router'
import { Icon } from '~/ui/Icon'

/** Narrows the agents and workspaces of the side bar. Enter opens the first, Escape takes it away and leads back. */
export function SideFilter({ text }: { text: string }) {
  const router = useRouter()
  const field = useRef<HTMLInputElement>(null)
  const [before] = useState(() => document.activeElement)
  const [first] = useSideGroups().groups.flatMap(({ agents }) => agents)
  return (
    <label className="mb-1 flex h-7 shrink-0 items-center gap-2 rounded-md bg-bg3 px-2 text-fg2 has-focus-visible:outline-2 has-focus-visible:outline-accent max-lg:hidden">
      <Icon name="filter" className="size-3.5" />
      <input
        ref={field}
        autoFocus
        type="search"
        aria-label="Filter the side bar"
        placeholder="Filter"
        value={text}
        onChange={({ target }) => sideFilter.set(target.value)}
        onKeyDown={(event) => {
          if (event.nativeEvent.isComposing || !['Escape', 'Enter'].includes(event.key)) return
          event.preventDefault()
          event.stopPropagation()
          if (event.key === 'Enter' && first) void router.navigate({ to: '/w/$workspaceId/a/$agentId', params: { workspaceId: first.workspaceId, agentId: first.id } })
          else if (before instanceof HTMLElement) before.focus()
          sideFilter.set(undefined)
        }}
        className="min-w-0 flex-1 bg-transparent text-fg0 outline-none placeholder:text-fg2"
      />
    </label>
  )
}
