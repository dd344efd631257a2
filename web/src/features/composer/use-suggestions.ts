import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Agent, EvCommand } from '~/api/generated'
import { readQuery } from '~/api/live'
import { rankFuzzy } from '~/features/composer/fuzzy'
import { complete, triggerAt, type Edit, type Trigger } from '~/features/composer/suggest'

const most = 8

export type Suggestion = { id: string; insert: string; command?: EvCommand; path?: string }

function commandSuggestions(query: string, commands: readonly EvCommand[]): Suggestion[] {
  return rankFuzzy(query, commands, ({ name }) => name, most).map((command) => ({ id: command.name, insert: `/${command.name}`, command }))
}

const findQuery = (agent: Agent, query: string) =>
  readQuery('find_files', { workspaceId: agent.workspaceId, worktreeId: agent.worktreeId, query, limit: most })

/** The list at the caret: commands of the CLI after a slash, files of the worktree after an at sign. */
export function useSuggestions(agent: Agent, commands: readonly EvCommand[], text: string, caret: number) {
  const trigger = triggerAt(text, caret)
  const mark = trigger && `${trigger.kind} ${trigger.from}`
  const [closed, setClosed] = useState<string>()
  const [chosen, setChosen] = useState({ of: '', at: 0 })
  const isFile = trigger?.kind === 'file' && trigger.query !== ''
  const found = useQuery({ ...findQuery(agent, trigger?.query ?? ''), enabled: isFile, placeholderData: keepPreviousData, staleTime: 5_000, retry: false })
  const items = itemsOf(trigger, commands, isFile ? (found.data?.paths ?? []) : [])
  const of = `${mark} ${trigger?.query}`
  const at = chosen.of === of ? Math.min(chosen.at, items.length - 1) : 0
  const isOpen = trigger !== undefined && mark !== closed && (items.length > 0 || trigger.kind === 'file')
  return {
    isOpen,
    trigger,
    items,
    at,
    move: (step: number) => items.length > 0 && setChosen({ of, at: (at + step + items.length) % items.length }),
    close: () => setClosed(mark),
    /** The text with the chosen one in it; undefined if there is none. */
    take(place = at): Edit | undefined {
      const item = items[place]
      setClosed(mark)
      return item && trigger && complete(text, trigger, item.insert)
    },
    /** What stands where the list would be. */
    note: noteOf(trigger, items.length, found.isFetching, found.isError),
  }
}

function itemsOf(trigger: Trigger | undefined, commands: readonly EvCommand[], paths: readonly string[]): Suggestion[] {
  if (trigger?.kind === 'command') return commandSuggestions(trigger.query, commands)
  return paths.map((path) => ({ id: path, insert: `@${path}`, path }))
}

function noteOf(trigger: Trigger | undefined, count: number, isReading: boolean, isError: boolean): string | undefined {
  if (trigger?.kind !== 'file' || count > 0) return undefined
  if (trigger.query === '') return 'Type letters of a path'
  if (isError) return 'The files could not be read'
  return isReading ? 'Looking for files' : 'No file has these letters'
}

/** The id of a row, for the field that says which one is chosen. */
export const optionId = (id: string, at: number) => `${id}-${at}`
