import { queryOptions, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '~/api/client'
import type { Checkpoint } from '~/api/generated'
import { CodeEditor } from '~/features/files/CodeEditor'
import { formatBytes, formatClock, formatNumber } from '~/lib/format'
import { visibleName } from '~/lib/visible'
import { Button, IconButton } from '~/ui/Button'
import { Empty } from '~/ui/Empty'
import { ErrorNote } from '~/ui/ErrorNote'
import { TextField } from '~/ui/Field'
import { Skeleton } from '~/ui/Skeleton'

const pageFiles = 200
const mostFiles = 5000
const mostShown = 200
/** A longer file is not shown. */
const mostBytes = 2 ** 20

/** The tree without files, by the length of an id: compared with it, everything was added. */
const emptyTrees: Readonly<Record<number, string>> = { 64: '6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321' }
const emptyTree = '4b825dc642cb6eb9a060e54bf8d69288fbee4904'

const pathsQuery = ({ workspaceId, worktreeId, id, tree = '' }: Checkpoint) =>
  queryOptions({
    queryKey: ['past_files', id],
    queryFn: async () => {
      const paths: string[] = []
      let after: string | undefined
      do {
        const input = { workspaceId, worktreeId, from: emptyTrees[tree.length] ?? emptyTree, to: id, hunks: false, counts: false, limit: pageFiles }
        const { body } = await call('get_worktree_diff', { ...input, ...(after !== undefined && { after }) })
        paths.push(...body.files.map(({ path }) => path))
        after = body.next
      } while (after !== undefined && paths.length < mostFiles)
      return { paths, isCut: after !== undefined }
    },
    staleTime: Infinity,
  })

const fileQuery = ({ workspaceId, worktreeId, id }: Checkpoint, path: string) =>
  queryOptions({
    queryKey: ['past_file', id, path],
    queryFn: async () => {
      const { body } = await call('get_worktree_blob', { workspaceId, worktreeId, path, side: id, limit: mostBytes })
      return { size: body.size, isText: body.mediaType === 'text/plain', text: new TextDecoder().decode(Uint8Array.from(atob(body.content), (c) => c.charCodeAt(0))) }
    },
    staleTime: Infinity,
  })

type PastFilesProps = { checkpoint: Checkpoint; file: string | undefined; onFile: (path: string | undefined) => void }

/** The files that a checkpoint has kept: to read, not to edit. */
export function PastFiles({ checkpoint, file, onFile }: PastFilesProps) {
  const { data, error, refetch } = useQuery(pathsQuery(checkpoint))
  const [find, setFind] = useState('')
  if (file !== undefined) return <PastFile checkpoint={checkpoint} path={file} onClose={() => onFile(undefined)} />
  const found = (data?.paths ?? []).filter((path) => path.toLowerCase().includes(find.trim().toLowerCase()))
  const rest = found.length - mostShown
  return (
    <div className="min-h-0 flex-1 overflow-y-auto px-4 py-3">
      <TextField label={`Files at ${formatClock(checkpoint.at)}`} type="search" placeholder="Part of a path" value={find} onText={setFind} />
      {error && <ErrorNote title="The files of that moment could not be read" error={error} onRetry={() => void refetch()} />}
      {!data && !error && <Skeleton label="Reading the files of that moment" rows={6} />}
      <ul aria-label="Files of that moment" className="mt-2">
        {found.slice(0, mostShown).map((path) => (
          <li key={path}>
            <button type="button" title={visibleName(path)} onClick={() => onFile(path)} className="touch block min-h-6 w-full truncate text-left font-mono text-sm hover:underline">
              {visibleName(path)}
            </button>
          </li>
        ))}
      </ul>
      {(rest > 0 || data?.isCut === true) && <p className="py-1 text-sm text-fg2">{rest > 0 ? `${formatNumber(rest)} more: name a part of the path.` : 'More files are not listed here.'}</p>}
    </div>
  )
}

function PastFile({ checkpoint, path, onClose }: { checkpoint: Checkpoint; path: string; onClose: () => void }) {
  const { data, error, refetch } = useQuery(fileQuery(checkpoint, path))
  return (
    <article aria-label={visibleName(path)} className="flex min-h-0 min-w-0 flex-1 flex-col">
      <header className="flex h-8 shrink-0 items-center gap-1 border-b border-line pr-3 pl-1.5">
        <IconButton icon="back" label="Back to the files" isSmall onClick={onClose} />
        <h2 className="min-w-0 flex-1 truncate font-mono text-sm font-normal">{visibleName(path)}</h2>
        <span className="text-sm text-fg2">at {formatClock(checkpoint.at)}</span>
      </header>
      {error && (
        <div className="px-4">
          <ErrorNote title="This file did not exist then, or could not be read" error={error} onRetry={() => void refetch()} />
          <Button onClick={onClose}>All files of that moment</Button>
        </div>
      )}
      {!data && !error && (
        <div className="px-4">
          <Skeleton label="Reading the file" rows={6} />
        </div>
      )}
      {data && !data.isText && (
        <div className="px-4">
          <Empty title="Not a text" text={`${formatBytes(data.size)}; its bytes are not shown here.`} />
        </div>
      )}
      {data?.isText && data.size > mostBytes && <p className="border-b border-line px-3 py-1 text-sm text-fg2">The first {formatBytes(mostBytes)} of {formatBytes(data.size)}.</p>}
      {data?.isText && <CodeEditor key={`${checkpoint.id} ${path}`} path={path} text={data.text} isReadOnly line={undefined} onText={() => undefined} onSave={() => undefined} />}
    </article>
  )
}
