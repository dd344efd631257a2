import { Component, type ReactNode } from 'react'
import { ErrorNote } from '~/ui/ErrorNote'

type BoundaryProps = {
  /** What failed, in words: "diff". */
  name: string
  children: ReactNode
}

/** A fault in one pane leaves the others as they are. */
export class Boundary extends Component<BoundaryProps, { error: Error | undefined }> {
  override state: { error: Error | undefined } = { error: undefined }

  static getDerivedStateFromError(error: unknown) {
    return { error: error instanceof Error ? error : new Error(String(error)) }
  }

  override render() {
    const { error } = this.state
    if (!error) return this.props.children
    return (
      <div className="px-6">
        <ErrorNote title={`This part failed: ${this.props.name}`} error={error} onRetry={() => this.setState({ error: undefined })} />
      </div>
    )
  }
}
