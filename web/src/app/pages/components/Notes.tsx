import { useState } from 'react'
import { ago, bidiText, Group, longText, longWord, nothing, Sample } from '~/app/pages/components/Sample'
import { CallError } from '~/api/wire'
import { Boundary } from '~/ui/Boundary'
import { Button } from '~/ui/Button'
import { Empty } from '~/ui/Empty'
import { ErrorNote } from '~/ui/ErrorNote'
import { OtherText } from '~/ui/OtherText'
import { ProgressNote } from '~/ui/ProgressNote'
import { Skeleton } from '~/ui/Skeleton'

const refused = new CallError(409, { code: 'DIRTY', message: 'the worktree has changes that are not committed', details: { files: ['src/post.ts', longWord, bidiText] } })

export function Notes() {
  return (
    <Group title="Empty, waiting, failed">
      <Sample state="empty" isTall>
        <Empty title="No agents here yet" text="An agent works in a worktree of its own." action={<Button icon="plus">New agent</Button>} command="muster agent start" />
        <Empty title="Nothing was set aside" text={longText} />
      </Sample>
      <Sample state="loading" isTall>
        <Skeleton label="Waiting for a sample" />
      </Sample>
      <Sample state="error" isTall>
        <ErrorNote title="The diff could not be read" error={new Error('the store could not be read: disk I/O error')} onRetry={nothing} />
        <ErrorNote title="The worktree could not be removed" error={refused} />
      </Sample>
      <Sample state="two devices" isTall>
        <OtherText draft={{ other: { text: '', isTheirs: true }, undo: nothing, dismiss: nothing }} />
      </Sample>
      <Sample state="busy" isTall>
        <ProgressNote title="Cloning tidepool" step="receiving objects" done={420} total={1_200} since={ago(14)} onCancel={nothing} />
        <ProgressNote title="Setup of retry-backoff" step="npm ci" since={ago(95)} tail={'added 412 packages\n\u001b[33mwarn\u001b[0m 2 are deprecated\n'} onCancel={nothing} isCancelling onLog={nothing} />
      </Sample>
      <Sample state="a fault of the page" isTall>
        <Boundary name="sample">
          <Fragile />
        </Boundary>
      </Sample>
    </Group>
  )
}

/** Fails when it is asked to. */
function Fragile() {
  const [isBroken, setBroken] = useState(false)
  if (isBroken) throw new Error('it was asked to fail')
  return (
    <div>
      <Button onClick={() => setBroken(true)}>Let this part fail</Button>
    </div>
  )
}
