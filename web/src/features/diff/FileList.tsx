import type { DiffFile } from '~/api/generated'

const letters: Record<DiffFile['state'], { letter: string; colour: string }> = {
  added: { letter: 'A', colour: 'text-ok' },
  untracked: { letter: 'U', colour: 'text-ok' },
  modified: { letter: 'M', colour: 'text-wait' },
  renamed: { letter: 'R', colour: 'text-run' },
  deleted: { letter: 'D', colour: 'text-err' },
  unmerged: { letter: '!', colour: 'text-err' },
}

type FileListProps = { files: readonly DiffFile[]; current: string; onShow: (file: DiffFile) => void }

export function FileList({ files, current, onShow }: FileListProps) {
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
      </ul>
    </nav>
  )
}

function FileRow({ file, isCurrent, onShow }: { file: DiffFile; isCurrent: boolean; onShow: (file: DiffFile) => void }) {
  const { letter, colour } = letters[file.state]
  const cut = file.path.lastIndexOf('/') + 1
  return (
    <button
      type="button"
      aria-current={isCurrent || undefined}
      title={file.path}
      onClick={() => onShow(file)}
      className="touch flex h-7 w-full min-w-0 items-center gap-2 rounded-md px-2 text-left hover:bg-bg3 aria-[current=true]:bg-bg4"
    >
      <abbr title={file.state} className={`w-3 shrink-0 font-mono text-sm no-underline ${colour}`}>
        {letter}
      </abbr>
      <span className="min-w-0 flex-1 truncate">
        {file.path.slice(cut)}
        <span className="ml-1.5 text-sm text-fg2">{file.path.slice(0, cut)}</span>
      </span>
      <span className="tnum flex shrink-0 gap-1 font-mono text-xs">
        {file.added > 0 && <span className="text-ok">+{file.added}</span>}
        {file.deleted > 0 && <span className="text-err">−{file.deleted}</span>}
      </span>
    </button>
  )
}
