import { useQuery } from '@tanstack/react-query'
import { fileQuery } from '~/api/workspace-queries'
import { CallError } from '~/api/wire'
import { textAt } from '~/lib/json'
import type { Before } from '~/lib/tool-input'

type Place = { workspaceId: string | undefined; worktree: { id: string; path: string } | undefined }

/** The path, relative to the worktree, of the file that these arguments write in full. */
function writtenPath(input: unknown, root: string | undefined): string | undefined {
  const path = textAt(input, 'file_path')
  if (path === undefined || root === undefined || textAt(input, 'content') === undefined) return undefined
  return path.startsWith(`${root}/`) ? path.slice(root.length + 1) : undefined
}

/** The present content of the file that these arguments would write; what the transcript knows of it if it cannot be read. */
export function useBefore(input: unknown, { workspaceId, worktree }: Place, known?: Before): Before | undefined {
  const path = writtenPath(input, worktree?.path)
  const { data, error } = useQuery({ ...fileQuery(workspaceId ?? '', worktree?.id ?? '', path ?? ''), enabled: path !== undefined && workspaceId !== undefined })
  if (path === undefined) return known
  if (error) return error instanceof CallError && error.code === 'NOT_FOUND' ? { content: undefined, now: 'missing' } : known
  if (data?.content === undefined || data.digest === undefined || data.next !== undefined) return known
  return { content: data.content, now: data.digest }
}
