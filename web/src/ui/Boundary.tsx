import { Component, type ReactNode } from 'react'
import { isMissingPart } from '~/api/page-version'
import { ErrorNote } from '~/ui/ErrorNote'
import { onceLive, renewParts } from '~/ui/lazy-part'

type BoundaryProps = {
  /** What failed, in words: "diff". */
  name: string
  children: ReactNode
}

/** A fault in one pane leaves the others as they are. One whose code could not be had is tried again with the next connection. */
export class Boundary extends Component<BoundaryProps, { error: Error | undefined }> {
  override state: { error: Error | undefined } = { error: undefined }

  static getDerivedStateFromError(error: unknown) {
    return { error: error instanceof Error ? error : new Error(String(error)) }
  }

  override componentDidCatch(error: unknown) {
    renewParts()
    if (error instanceof Error && isMissingPart(error)) onceLive(this.#again)
  }

  #again = () => this.setState({ error: undefined })

  override render() {
    const { error } = this.state
    if (!error) return this.props.children
    return (
      <div className="px-6">
        <ErrorNote title={`This part failed: ${this.props.name}`} error={error} onRetry={this.#again} />
      </div>
    )
  }
}
