import type { ScriptKind } from '~/api/generated'
import { formatDuration } from '~/lib/format'

/** In the order of a worktree's life. */
export const scriptKinds = ['setup', 'run', 'check', 'teardown'] as const satisfies readonly ScriptKind[]

export const kindTexts: Record<ScriptKind, { word: string; title: string; text: string }> = {
  setup: { word: 'Setup', title: 'Setup', text: 'Runs once in each new worktree, before its first agent starts.' },
  run: { word: 'Run', title: 'Run', text: 'Starts what you work on, when you ask for it; its ports are shown.' },
  check: { word: 'Check', title: 'Checks', text: 'Each has to pass on what a worktree has now before the worktree may land.' },
  teardown: { word: 'Teardown', title: 'Teardown', text: 'Runs before a worktree is removed.' },
}

/** "at most 10 m". */
export function timeText(seconds: number): string {
  return seconds === 0 ? '' : `at most ${formatDuration(seconds * 1000)}`
}
