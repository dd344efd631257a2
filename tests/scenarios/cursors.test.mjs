// Whoever reads can follow from there: each answer names the streams that go on from it, and where in them it was read.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { makeReadable, reads } from '../harness/reads.mjs'
import { Site } from '../harness/site.mjs'

/** Reads that no single stream follows: health, the way in, folders of the file system, the agents and terminals of all worktrees,
 * what the daemon counts and what failed in it, operations in progress, what the doctor finds, what all agents did, a terminal's
 * screen, whose place is an offset of its log, what is on a host, the games and devices of the machine, and the page's address of an
 * id; and the content of attachments and of recordings that have ended, which does not change. */
const UNFOLLOWED = [
  'list_agents', 'list_doubtful_messages', 'get_health', 'get_health_live', 'get_health_ready', 'get_sign_in', 'browse_folders', 'get_metrics',
  'get_metrics_prometheus', 'list_errors', 'get_error_stats', 'get_error', 'list_intents', 'get_doctor',
  'get_away_digest', 'list_terminals', 'get_terminal_screen', 'get_host', 'list_pull_requests', 'get_pull_request',
  'list_pull_request_checks', 'list_review_comments', 'list_issues', 'get_issue', 'get_attachment',
  'get_attachment_content', 'get_recording_content', 'get_place', 'list_games', 'check_synthetic_eye_requirements',
]

let site
before(async () => {
  site = await Site.open()
})
after(() => site.close())

test('each operation that reads names its cursors', async (t) => {
  const { agent, ids } = await makeReadable(site)
  for (const { name, at } of (await reads()).filter(({ name }) => !UNFOLLOWED.includes(name)))
    await t.test(name, async () => {
      const { status, body, cursors } = await site.call('GET', at(ids))
      assert.equal(status, 200, JSON.stringify(body))
      assert.match(cursors ?? '', /^[a-z]+(\/[a-z]+_\w+)?;\d+;\d+/)
    })
  await agent.leave()
})
