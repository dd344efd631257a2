import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { gitQuery } from '~/api/workspace-queries'
import { CommitDialog } from '~/features/diff/CommitDialog'
import { Button } from '~/ui/Button'

type CommitButtonProps = { workspaceId: string; worktreeId: string; agentId: string | undefined }

/** Where something is not committed. */
export function CommitButton({ workspaceId, worktreeId, agentId }: CommitButtonProps) {
  const git = useQuery(gitQuery(workspaceId, worktreeId)).data
  const [isOpen, setOpen] = useState(false)
  if (!git || git.isClean) return null
  return (
    <>
      <Button onClick={() => setOpen(true)}>Commit…</Button>
      {isOpen && <CommitDialog ids={{ workspaceId, worktreeId }} git={git} agentId={agentId} onClose={() => setOpen(false)} />}
    </>
  )
}
