import { isOutdated, reloadPage } from '~/api/page-version'
import { useStore } from '~/lib/store'
import { Button } from '~/ui/Button'
import { Icon } from '~/ui/Icon'

/** The daemon was updated while this page was open. */
export function OutdatedBanner() {
  if (!useStore(isOutdated)) return null
  return (
    <div role="status" className="flex shrink-0 flex-wrap items-center gap-2 border-b border-line bg-bg1 px-4 py-1 text-sm">
      <Icon name="info" className="text-accent" />
      <span className="min-w-0 flex-1">
        <strong className="font-semibold">Muster was updated.</strong> This page is from the previous version.
      </span>
      <Button isSmall onClick={reloadPage}>
        Reload to update
      </Button>
    </div>
  )
}
