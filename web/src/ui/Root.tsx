import { createContext, use } from 'react'
import { visible } from '~/lib/visible'

/** The folder that paths are read against, where a part of the page speaks of one worktree. */
export const Root = createContext<string | undefined>(undefined)

/** A path beneath the folder without it; any other text whole. To be shown: nothing in it stays unseen. */
export function useShortPath(path: string): string {
  const root = use(Root)
  return visible(root !== undefined && path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path)
}
