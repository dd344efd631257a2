import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { overviewQuery } from '~/api/overview'
import { pinnedOf, pins } from '~/api/pins'
import { useSeen } from '~/api/seen'
import { countMoved, heldGroups, placesOf, sideGroups } from '~/app/side/groups'
import { createStore, useStore } from '~/lib/store'

/** What the side bar is filtered by; undefined: there is no filter. */
export const sideFilter = createStore<string | undefined>(undefined)

const noAgents = [] as const

/** The groups of the side bar as they are now. */
export function useSideGroups() {
  const agents = useQuery(overviewQuery()).data?.agents ?? noAgents
  const { isSeen } = useSeen()
  const pinned = pinnedOf(useStore(pins))
  const filter = useStore(sideFilter)?.trim() ?? ''
  return { agents, pinned, filter, groups: sideGroups(agents, { isSeen, pins: pinned, filter }) }
}

/** While the pointer is among the rows they stay where they are; what a person does there counts at once. */
export function useSteadyGroups() {
  const { agents, pinned, filter, groups } = useSideGroups()
  const own = `${pinned.join()} ${filter}`
  const [held, setHeld] = useState<{ own: string; places: ReturnType<typeof placesOf> }>()
  const places = held?.own === own ? held.places : undefined
  const hold = () => setHeld({ own, places: placesOf(groups) })
  return {
    pinned,
    groups: places ? heldGroups(groups, places, agents) : groups,
    moved: places ? countMoved(groups, places) : 0,
    hold: { onPointerEnter: hold, onPointerMove: held && !places ? hold : undefined, onPointerLeave: () => setHeld(undefined) },
  }
}
