import type { AgentOverview } from '~/api/generated'
import { groupsOf } from '~/api/groups'

export type SideGroup = { title: string; isUnread: boolean; agents: readonly AgentOverview[] }

type Options = { isSeen: (agent: AgentOverview) => boolean; pins: readonly string[]; filter: string }

function isFound({ name }: AgentOverview, filter: string): boolean {
  const inName = name.toLowerCase()
  return filter.toLowerCase().split(/\s+/).every((word) => inName.includes(word))
}

/**
 * What the side bar lists, each agent once: who needs a person first, then what is pinned, what works, and what has finished and was not
 * seen. With a filter also the rest.
 */
export function sideGroups(agents: readonly AgentOverview[], { isSeen, pins, filter }: Options): readonly SideGroup[] {
  const of = groupsOf({ agents: agents.filter((agent) => isFound(agent, filter)) }, isSeen)
  const isPinned = ({ id }: AgentOverview) => pins.includes(id)
  const pinned = pins.flatMap((id) => agents.find((agent) => agent.id === id && !of.needs.includes(agent) && isFound(agent, filter)) ?? [])
  const without = (rows: readonly AgentOverview[]) => rows.filter((agent) => !isPinned(agent))
  const groups = [
    { title: 'Needs you', isUnread: true, agents: of.needs },
    { title: 'Pinned', isUnread: false, agents: pinned },
    { title: 'Working', isUnread: false, agents: without(of.working) },
    { title: 'Finished, not seen', isUnread: true, agents: without(of.finished) },
  ]
  const listed = new Set(groups.flatMap((group) => group.agents))
  const others = filter === '' ? [] : agents.filter((agent) => isFound(agent, filter) && !listed.has(agent))
  return [...groups, { title: 'Others', isUnread: false, agents: others }].filter((group) => group.agents.length > 0)
}

type Places = ReadonlyMap<string, readonly string[]>

export const placesOf = (groups: readonly SideGroup[]): Places => new Map(groups.map(({ title, agents }) => [title, agents.map(({ id }) => id)]))

/** The groups as they stood, with what their agents are now: nothing moves under the pointer, and what is gone is gone. */
export function heldGroups(groups: readonly SideGroup[], held: Places, agents: readonly AgentOverview[]): readonly SideGroup[] {
  const byId = new Map(agents.map((agent) => [agent.id, agent]))
  return [...held].map(([title, ids]) => ({
    title,
    isUnread: groups.find((group) => group.title === title)?.isUnread ?? false,
    agents: ids.flatMap((id) => byId.get(id) ?? []),
  }))
}

/** How many agents are to stand elsewhere once the pointer has left. */
export function countMoved(groups: readonly SideGroup[], held: Places): number {
  const before = new Map([...held].flatMap(([title, ids]) => ids.map((id) => [id, title])))
  const now = new Map([...placesOf(groups)].flatMap(([title, ids]) => ids.map((id) => [id, title])))
  const ids = new Set([...before.keys(), ...now.keys()])
  return [...ids].filter((id) => before.get(id) !== now.get(id)).length
}
