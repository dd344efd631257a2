import { useState, type DragEvent } from 'react'

/**
 * A row of a list that is dragged to the place of another. `type`: a name of the list's own, so that nothing is dropped from another
 * list. `onDropped` gets the id of the row that was dropped here. Keys and a menu must do the same.
 */
export function useRowDrag(type: `text/x-muster-${string}`, id: string, onDropped: (id: string) => void) {
  const [isOver, setOver] = useState(false)
  return {
    isOver,
    handlers: {
      draggable: true,
      onDragStart: ({ dataTransfer }: DragEvent) => {
        dataTransfer.setData(type, id)
        dataTransfer.effectAllowed = 'move'
      },
      onDragOver: (event: DragEvent) => {
        if (!event.dataTransfer.types.includes(type)) return
        event.preventDefault()
        setOver(true)
      },
      onDragLeave: () => setOver(false),
      onDrop: (event: DragEvent) => {
        setOver(false)
        const dragged = event.dataTransfer.getData(type)
        if (dragged === '') return
        event.preventDefault()
        onDropped(dragged)
      },
    },
  }
}
