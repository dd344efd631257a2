import { Component, Suspense, type ReactNode } from 'react'
import { isMissingPart, isOutdated, reloadPage } from '~/api/page-version'
import { toastAction, toastError } from '~/ui/toasts'

type LazyPartProps = {
  /** Shown until it is here, and in its place. */
  fallback?: ReactNode
  /** It could not be shown. */
  onFail?: () => void
  children: ReactNode
}

function say(error: Error) {
  if (!isMissingPart(error)) return toastError(error)
  const text = isOutdated.get() ? 'Muster was updated, and this part is of the version before.' : 'This part of the page could not be loaded.'
  return toastAction(new Error(text, { cause: error }), { text: 'Reload', run: reloadPage })
}

/** An overlay or an addition whose code comes later. If it cannot be had, the page below stays as it is, and a reload is offered. */
export class LazyPart extends Component<LazyPartProps, { isFailed: boolean }> {
  override state = { isFailed: false }

  static getDerivedStateFromError() {
    return { isFailed: true }
  }

  override componentDidCatch(error: unknown) {
    say(error instanceof Error ? error : new Error(String(error)))
    this.props.onFail?.()
  }

  override render() {
    const { fallback, children } = this.props
    return this.state.isFailed ? fallback : <Suspense fallback={fallback}>{children}</Suspense>
  }
}
