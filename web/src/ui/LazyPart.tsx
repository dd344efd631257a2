import { Component, Suspense, type ReactNode } from 'react'
import { isMissingPart, isOutdated, reloadPage } from '~/api/page-version'
import { onceLive, renewParts } from '~/ui/lazy-part'
import { toastAction, toastError } from '~/ui/toasts'

type LazyPartProps = {
  /** Shown until it is here, and in its place. */
  fallback?: ReactNode
  /** It could not be shown, and whoever asked for it asks again. */
  onFail?: () => void
  children: ReactNode
}

function say(error: Error, again: (() => void) | undefined) {
  if (!isMissingPart(error)) return toastError(error)
  if (isOutdated.get()) return toastAction(new Error('Muster was updated, and this page is from the previous version.', { cause: error }), { text: 'Reload', run: reloadPage })
  const shown = new Error('This part of the page could not be loaded.', { cause: error })
  return again ? toastAction(shown, { text: 'Try again', run: again }) : toastError(shown)
}

/** An overlay or an addition whose code comes later. If it cannot be had, the page below stays as it is, and it is tried again with the next connection. */
export class LazyPart extends Component<LazyPartProps, { isFailed: boolean }> {
  override state = { isFailed: false }

  static getDerivedStateFromError() {
    return { isFailed: true }
  }

  override componentDidCatch(error: unknown) {
    const fault = error instanceof Error ? error : new Error(String(error))
    const { onFail } = this.props
    const again = () => this.setState({ isFailed: false })
    renewParts()
    if (isMissingPart(fault)) onceLive(again)
    say(fault, onFail ? undefined : again)
    onFail?.()
  }

  override render() {
    const { fallback, children } = this.props
    return this.state.isFailed ? fallback : <Suspense fallback={fallback}>{children}</Suspense>
  }
}
