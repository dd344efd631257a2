import type { GitDiffFile } from '~/api/generated'
import { visibleName } from '~/lib/visible'

const letters: Record<GitDiffFile['status'], { letter: string; colour: string }> = {
  added: { letter: 'A', colour: 'text-ok' },
  untracked: { letter: 'U', colour: 'text-ok' },
  modified: { letter: 'M', colour: 'text-wait' },
  renamed: { letter: 'R', colour: 'text-run' },
  deleted: { letter: 'D', colour: 'text-err' },
  copied: { letter: 'C', colour: 'text-run' },
  typeChanged: { letter: 'T', colour: 'text-wait' },
  conflicted: { letter: '!', colour: 'text-err' },
}

type FileListProps = { files: readonly GitDiffFile[]; leftOut: string | undefined; current: string; onShow: (file: GitDiffFile) => void }

export function FileList({ files, leftOut, current, onShow }: FileListProps) {
  return (
    <nav
      aria-label="Changed files"
      className="max-h-32 shrink-0 overflow-y-auto border-b border-line bg-bg1 md:max-h-none md:w-64 md:border-r md:border-b-0"
    >
      <ul className="flex flex-col p-1.5">
        {files.map((file) => (
          <li key={file.path}>
            <FileRow file={file} isCurrent={file.path === current} onShow={onShow} />
          </li>
        ))}
        {leftOut && <li className="px-2 py-1 text-sm text-fg2">and {leftOut}</li>}
      </ul>
    </nav>
  )
}

function FileRow({ file, isCurrent, onShow }: { file: GitDiffFile; isCurrent: boolean; onShow: (file: GitDiffFile) => void }) {
  const { letter, colour } = letters[file.status]
  const cut = file.path.lastIndexOf('/') + 1
  return (
    <button
      type="button"
      aria-current={isCurrent || undefined}
      title={visibleName(file.path)}
      onClick={() => onShow(file)}
      className="touch flex h-7 w-full min-w-0 items-center gap-2 rounded-md px-2 text-left hover:bg-bg3 aria-[current=true]:bg-bg4"
    >
      <abbr title={file.status} className={`w-3 shrink-0 font-mono text-sm no-underline ${colour}`}>
        {letter}
      </abbr>
      <span className="min-w-0 flex-1 truncate">
        {visibleName(file.path.slice(cut))}
        <span className="ml-1.5 text-sm text-fg2">{visibleName(file.path.slice(0, cut))}</span>
      </span>
      <span className="tnum flex shrink-0 gap-1 font-mono text-xs">
        {file.added > 0 && <span className="text-ok">+{file.added}</span>}
        {file.removed > 0 && <span className="text-err">−{file.removed}</span>}
      </span>
    </button>
  )
}
