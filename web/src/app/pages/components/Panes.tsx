import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { useState } from 'react'
import { ago, bidiText, Group, longText, longWord, Sample } from '~/app/pages/components/Sample'
import type { FileEntry } from '~/api/generated'
import { folderQuery } from '~/features/files/queries'
import { Tree } from '~/features/files/Tree'
import type { Open } from '~/features/files/tree'
import { HistoryTable } from '~/features/usage/Tables'
import { useMedia } from '~/lib/use-media'
import { visible } from '~/lib/visible'
import { Crumb, PageHead } from '~/ui/PageHead'
import { Section } from '~/ui/Section'
import { SplitPane } from '~/ui/SplitPane'

const ids = { workspaceId: 'sample', worktreeId: 'sample' }

function entry(path: string, more: Partial<FileEntry> = {}): FileEntry {
  return { path, kind: 'file', size: 1_200, modifiedAt: ago(600), state: 'clean', changed: 0, isIgnored: false, ...more }
}

const folders = {
  '': [entry('src', { kind: 'folder', changed: 2 }), entry('node_modules', { kind: 'folder', isIgnored: true }), entry('README.md'), entry(longWord.replaceAll('/', '-')), entry(bidiText)],
  src: [entry('src/post.ts', { state: 'modified' }), entry('src/post.test.ts', { state: 'untracked' }), entry('src/keys.ts', { state: 'conflicted' })],
}

/** Answers of its own, which nothing reads again: the tree of a worktree that does not exist. */
function sampleClient() {
  const client = new QueryClient({ defaultOptions: { queries: { staleTime: Infinity, gcTime: Infinity } } })
  for (const [folder, entries] of Object.entries(folders))
    client.setQueryData(folderQuery(ids, folder, '').queryKey, { body: { entries, total: entries.length, truncated: false, hasStates: true }, cursors: [] })
  return client
}

const history = [
  { date: '2026-03-09', requestCount: 412, errorCount: 3, inputTokens: 8_200_000, outputTokens: 96_000, tokensUsed: 8_296_000, costMicros: 6_120_000 },
  { date: '2026-03-08', requestCount: 12_480, errorCount: 0, inputTokens: 912_200_000, outputTokens: 9_960_000, tokensUsed: 922_160_000, costMicros: 1_206_120_000 },
  { date: '2026-03-07', requestCount: 0, errorCount: 0, inputTokens: 0, outputTokens: 0, tokensUsed: 0, costMicros: 0 },
]

export function Panes() {
  return (
    <Group title="Panes, trees, tables">
      <Sample state="head" isTall>
        <PageHead title={longText} mark={<span className="text-fg2">long</span>} crumbs={<Crumb>ledger-api</Crumb>}>
          <span className="text-sm text-fg2">acts</span>
        </PageHead>
      </Sample>
      <Sample state="section" isTall>
        <Section title="At work" count={4} more="as of 08:27:12">
          <p className="text-fg1">{visible(bidiText)}</p>
        </Section>
      </Sample>
      <Sample state="split" isTall>
        <Split />
      </Sample>
      <Sample state="tree" isTall>
        <FileTree />
      </Sample>
      <Sample state="table" isTall>
        <HistoryTable history={history} />
      </Sample>
    </Group>
  )
}

const standard = 240

function Split() {
  const [width, setWidth] = useState(standard)
  const isRoomy = useMedia('(min-width: 1100px)')
  return (
    <div className="flex h-24">
      <SplitPane
        label="Width of the sample"
        left={<p className="text-fg1">The right part gives way below 1100 px.</p>}
        right={isRoomy && <p className="pl-3 text-fg1">Drag the border, or move it with the arrow keys.</p>}
        width={width}
        onWidth={setWidth}
        least={{ left: 480, right: 160 }}
        standard={standard}
      />
    </div>
  )
}

function FileTree() {
  const [client] = useState(sampleClient)
  const [open, setOpen] = useState<Open>(new Map([['src', ['']]]))
  const [file, setFile] = useState<string | undefined>('src/post.ts')
  return (
    <QueryClientProvider client={client}>
      <div className="flex h-60 flex-col">
        <Tree ids={ids} open={open} onOpen={setOpen} file={file} onFile={setFile} />
      </div>
    </QueryClientProvider>
  )
}
