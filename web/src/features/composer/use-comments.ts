import { useQuery } from '@tanstack/react-query'
import { takesComments } from '~/api/agents'
import { commentsQuery, useAlong } from '~/api/comments'
import type { Agent, Comment } from '~/api/generated'
import type { Sending } from '~/features/composer/use-send'

/** What the daemon puts above comments, in characters. */
const mostAbove = 10_000
const none: readonly Comment[] = []

/** The comments on the agent's diff that go with its next prompt. A command for the agent goes alone. */
export function useComments(agent: Agent, text: string): readonly Comment[] {
  const { workspaceId, worktreeId } = agent
  const { data } = useQuery({ ...commentsQuery(workspaceId, worktreeId), enabled: takesComments(agent) })
  const along = useAlong(data?.comments ?? none)
  return text.trimStart().startsWith('/') ? none : along
}

/** Whether words and comments are one prompt; else the comments are the next one. */
export function isOnePrompt({ content, attachments }: Sending): boolean {
  return attachments.length === 0 && content.length <= mostAbove
}
