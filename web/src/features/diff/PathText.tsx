import { visiblePath } from '~/lib/visible'

/** A path in mono: its folders are quiet, its name is what one reads. */
export function PathText({ path, oldPath }: { path: string; oldPath?: string | undefined }) {
  const cut = path.lastIndexOf('/', path.length - 2) + 1
  return (
    <span className="flex min-w-0 font-mono text-sm whitespace-pre" title={oldPath === undefined ? visiblePath(path) : `${visiblePath(oldPath)} → ${visiblePath(path)}`}>
      {oldPath !== undefined && <span className="min-w-0 shrink-[9999] truncate text-fg2">{visiblePath(oldPath)} → </span>}
      <span className="min-w-0 shrink-[9999] truncate text-fg2">{visiblePath(path.slice(0, cut))}</span>
      <span className="min-w-0 shrink truncate">{visiblePath(path.slice(cut))}</span>
    </span>
  )
}
