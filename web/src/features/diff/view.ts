import { useUiState } from '~/api/ui-state'
import { isObject } from '~/lib/json'

/** How a person reads diffs, on every device and of every worktree. */
export type DiffView = { isSpaceIgnored: boolean; isWrapped: boolean }

function parseView(value: unknown): DiffView {
  const is = (key: string) => isObject(value) && value[key] === true
  return { isSpaceIgnored: is('isSpaceIgnored'), isWrapped: is('isWrapped') }
}

export function useDiffView() {
  const [view, set] = useUiState('page/diff', parseView)
  return {
    ...view,
    toggleSpace: () => set({ ...view, isSpaceIgnored: !view.isSpaceIgnored }),
    toggleWrap: () => set({ ...view, isWrapped: !view.isWrapped }),
  }
}
