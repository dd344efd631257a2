import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useIsDemoPath } from '~/api/demo'
import { clisQuery } from '~/api/doctor'
import type { Agent, GitBranches, Overview, WorktreeOverview } from '~/api/generated'
import { overviewQuery } from '~/api/overview'
import { usePlace } from '~/api/on-screen'
import { useIsMounted } from '~/api/use-act'
import { branchesQuery } from '~/api/workspace-queries'
import { baseQuery, profilesQuery } from '~/api/workspace-settings'
import { useDraft, useFormTexts, useUiState } from '~/api/ui-state'
import type { CallError } from '~/api/wire'
import { agentOf, isThere, noLimits, parseChoices, type Choices, type Where } from '~/features/start/choices'
import { agentProfiles } from '~/features/start/profile'
import { Starter, type Target } from '~/features/start/starter'
import { branchOf } from '~/lib/branch'
import { freeName, slugOf } from '~/lib/slug'

export type Opened = { worktreeId?: string | undefined; workspaceId?: string | undefined }

const lookEveryMs = 2_000

/** Before its first commit a repository has no branch, and a worktree nothing to begin from. */
function hasNoCommit(branches: GitBranches | undefined): boolean {
  return branches !== undefined && branches.current !== 'HEAD' && branches.local.length + branches.remote.length === 0
}

/** A worktree's name is the end of its folder's name. */
const folderOf = (branch: string) => branch.replaceAll('/', '-')

type Names = { wanted: string | undefined; prompt: string; attempts: number; taken: ReadonlySet<string> }

/** The branches of the attempts: as wanted, or from the prompt's words; with a number where there are several. */
export function branchNames({ wanted, prompt, attempts, taken }: Names): readonly string[] {
  const base = branchOf(wanted ?? freeName(slugOf(prompt) || 'agent', taken))
  if (attempts === 1 || base === '') return [base]
  const names: string[] = []
  while (names.length < attempts) names.push(freeName(`${base}-${names.length + 1}`, new Set([...taken, ...names])))
  return names
}

type Seen = { overview: Overview | undefined; opened: Opened; choices: Choices; here: Opened }

/** Where the dialog was opened from decides first, then what is on screen, then what was used last. */
function workspaceOf({ overview, opened, choices, here }: Seen): string | undefined {
  const worktree = overview?.worktrees.find(({ id }) => id === opened.worktreeId)
  const wanted = [worktree?.workspaceId, opened.workspaceId, here.workspaceId, choices.workspaceId]
  const isOpen = (id: string | undefined) => overview?.workspaces.some(({ workspaceId }) => workspaceId === id)
  return wanted.find(isOpen) ?? overview?.workspaces[0]?.workspaceId
}

function whereOf(worktree: WorktreeOverview | undefined, stored: Where): Where {
  if (!worktree) return stored
  return worktree.isMain ? 'none' : 'existing'
}

/** What is typed for one start in a workspace. */
type Texts = { name: string | undefined; base: string | undefined; attempts: string; agentName: string; minutes: string; memoryMib: string; processes: string }
const noTexts: Texts = { name: undefined, base: undefined, attempts: '1', agentName: '', ...noLimits }

/** What the dialog knows and what was chosen in it. */
export function useStart(opened: Opened, onStarted: (agents: readonly Agent[], staysOpen: boolean) => void) {
  const [stored, store] = useUiState('page/start', parseChoices)
  const [own, setOwn] = useState<Partial<Choices>>({})
  const [picked, setPicked] = useState<{ worktreeId?: string; profileId?: string | undefined }>({})
  const [starter] = useState(() => new Starter())
  const draft = useDraft('start')
  const overview = useQuery(overviewQuery()).data
  const here = usePlace()
  const openedIn = overview?.worktrees.find(({ id }) => id === opened.worktreeId)
  const choices: Choices = { ...stored, where: whereOf(openedIn, stored.where), ...own }
  const workspaceId = own.workspaceId ?? workspaceOf({ overview, opened, choices: stored, here })
  const workspace = overview?.workspaces.find((one) => one.workspaceId === workspaceId)
  const form = useFormTexts(`start/${workspaceId ?? ''}`, noTexts)
  const { minutes, memoryMib, processes, ...typed } = form.texts
  const field = { ...picked, ...typed, limits: { minutes, memoryMib, processes }, attempts: Number(typed.attempts) }
  const worktrees = overview?.worktrees.filter((one) => one.workspaceId === workspaceId) ?? []
  const main = worktrees.find(({ isMain }) => isMain)
  const others = worktrees.filter(({ isMain }) => !isMain)
  const chosen = others.find(({ id }) => id === (field.worktreeId ?? opened.worktreeId ?? here.worktreeId)) ?? others[0]
  const branches = useQuery({
    ...branchesQuery(workspaceId ?? '', main?.id ?? ''),
    enabled: workspaceId !== undefined && main !== undefined && choices.where === 'new',
    // Whoever makes the first commit elsewhere goes on here.
    refetchInterval: ({ state }) => hasNoCommit(state.data?.body) && lookEveryMs,
  }).data
  const usualBase = useQuery({ ...baseQuery(workspaceId ?? ''), enabled: workspaceId !== undefined && choices.where === 'new' }).data?.branch
  const profiles = agentProfiles(useQuery({ ...profilesQuery(workspaceId ?? ''), enabled: workspaceId !== undefined }).data?.profiles ?? [])
  // Of another workspace it does not exist.
  const profile = profiles.find(({ id }) => id === field.profileId)
  const clis = useQuery(clisQuery()).data?.clis ?? []
  const isDemo = useIsDemoPath(workspace?.path)
  const cli = clis.find(({ adapter }) => adapter === choices.adapter) ?? clis.find((one) => isThere(one, isDemo)) ?? clis[0]
  const attempts = choices.where === 'new' ? field.attempts : 1
  const taken = new Set([...worktrees.flatMap(({ name, branch }) => [name, branch]), ...(branches?.local ?? [])])
  const names = branchNames({ wanted: field.name, prompt: draft.text, attempts, taken })
  const firstBase = usualBase ?? branches?.current ?? main?.branch
  const base = field.base ?? firstBase
  const isOld = (branch: string) => branches?.local.includes(branch) === true || branches?.remote.includes(branch) === true
  const isUnborn = hasNoCommit(branches)
  const target = targetOf()
  function targetOf(): Target | undefined {
    if (workspaceId === undefined) return undefined
    if (choices.where === 'none') return main && { worktreeId: main.id }
    if (choices.where === 'existing') return chosen && { worktreeId: chosen.id }
    if (names.includes('') || isUnborn) return undefined
    const made = names.map((branch) => ({ name: folderOf(branch), branch, ...(isOld(branch) ? {} : { createBranch: true, ...(base !== undefined && { start: base }) }) }))
    return { workspaceId, worktrees: made }
  }
  const isMounted = useIsMounted()
  const run = useMutation<readonly Agent[], CallError, { staysOpen: boolean; sent: string; take: () => void }>({
    mutationFn: async ({ sent }) => {
      if (!target) return []
      return starter.run({ target, agent: agentOf(choices, { prompt: sent, name: field.agentName, limits: field.limits, adapter: cli?.adapter, profileId: profile?.id }) })
    },
    // Also when the dialog was closed meanwhile: it remembers what was chosen, and forgets what was only of this start.
    onSuccess(agents, { staysOpen, sent, take }) {
      store({ ...choices, workspaceId })
      draft.take(sent)
      take()
      setPicked(({ profileId }) => ({ profileId }))
      onStarted(agents, staysOpen)
    },
    meta: { hasPlace: () => isMounted.current },
  })
  return {
    draft, overview, workspace, workspaceId, main, others, chosen, branches, firstBase, base, clis, cli, isDemo, names, attempts, choices, field, target, run, isOld, isUnborn, profiles, profile,
    choose: (next: Partial<Choices>) => setOwn({ ...own, ...next }),
    change: form.set,
    pick: (next: typeof picked) => setPicked({ ...picked, ...next }),
    /** Starts. What is typed for the next agent meanwhile stays; the limits are those of all that are started one after the other. */
    begin(staysOpen: boolean) {
      const sent = staysOpen ? typed : form.texts
      run.mutate({ staysOpen, sent: draft.text.trim(), take: () => form.take(sent) })
    },
    leftBehind: () => starter.leftBehind(),
  }
}

export type Start = ReturnType<typeof useStart>
