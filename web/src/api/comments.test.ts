import { expect, test } from 'vitest'
import { foldComments } from '~/api/comments'
import type { Comment } from '~/api/generated'
import type { StreamEvent } from '~/api/wire'

const comment: Comment = { id: 'cmt_1', workspaceId: 'ws_1', worktreeId: 'wt_1', path: 'a', side: 'new', line: 3, lineText: 'x', body: 'Why?', isOutdated: false, createdAt: '', updatedAt: '' }
const event = (change: string, data: unknown): StreamEvent => ({ type: 'workspace_updated', topic: 'workspace/ws_1', generation: 1, seq: 1, at: '2026-11-23T10:00:00Z', payload: { workspaceId: 'ws_1', change, data } })
const fold = foldComments('wt_1')

test('events carry comments in, change them and take them away', () => {
  const one = fold({ comments: [] }, event('comment_added', comment))
  expect(one).toEqual({ comments: [{ ...comment, currentLine: 3 }] })
  if (one === 'refetch') return
  expect(fold(one, event('comment_updated', { ...comment, body: 'How?' }))).toEqual({ comments: [{ ...comment, body: 'How?', currentLine: 3 }] })
  expect(fold(one, event('comment_removed', comment))).toEqual({ comments: [] })
  expect(fold(one, event('comment_added', { ...comment, id: 'cmt_2', worktreeId: 'wt_2' }))).toBe(one)
  const sent = fold(one, event('comment_sent', { worktreeId: 'wt_1', messageId: 'msg_1', agentId: 'ag_1', commentIds: ['cmt_1'] }))
  expect(sent).toMatchObject({ comments: [{ sentAt: '2026-11-23T10:00:00Z', messageId: 'msg_1' }] })
  if (sent === 'refetch') return
  expect(fold(sent, event('comment_unsent', { worktreeId: 'wt_1', messageId: 'msg_1', commentIds: ['cmt_1'] }))).toEqual(one)
  expect(fold(one, event('agent_added', {}))).toBe(one)
})
