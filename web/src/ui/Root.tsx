import { createContext, use } from 'react'
import { visibleName } from '~/lib/visible'

/** The folder to which paths are relative, in a part of the page that is about one worktree. */
export const Root = createContext<string | undefined>(undefined)

/** A path inside the folder, relative to it; any other text unchanged. For display: invisible characters are marked. */
export function useShortPath(path: string): string {
  const root = use(Root)
  return visibleName(root !== undefined && path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path)
}
