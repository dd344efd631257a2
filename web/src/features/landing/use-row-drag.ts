import { useState, type DragEvent } from 'react'

const dragType = 'text/x-muster-landing'

/** A row of the queue is dragged to the place of another. The same is done by keys and by its menu. */
export function useRowDrag(worktreeId: string, onDropped: (worktreeId: string) => void) {
  const [isOver, setOver] = useState(false)
  return {
    isOver,
    handlers: {
      draggable: true,
      onDragStart: ({ dataTransfer }: DragEvent) => {
        dataTransfer.setData(dragType, worktreeId)
        dataTransfer.effectAllowed = 'move'
      },
      onDragOver: (event: DragEvent) => {
        if (!event.dataTransfer.types.includes(dragType)) return
        event.preventDefault()
        setOver(true)
      },
      onDragLeave: () => setOver(false),
      onDrop: (event: DragEvent) => {
        setOver(false)
        const dragged = event.dataTransfer.getData(dragType)
        if (dragged === '') return
        event.preventDefault()
        onDropped(dragged)
      },
    },
  }
}
