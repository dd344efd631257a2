/** The binary frames of channels on muster.v1, little endian: u8 kind, u32 sub, u64 offset, bytes. */
export const frameKinds = { output: 1, input: 2, resize: 3, ack: 4, picture: 5, control: 6 } as const

const headBytes = 13
const kindAt = 0
const subAt = 1
const offsetAt = 5

export type TerminalFrame = { kind: number; sub: number; offset: number; bytes: Uint8Array }

/** Undefined for what is shorter than a head: no frame that this page knows. */
export function parseTerminalFrame(data: ArrayBuffer): TerminalFrame | undefined {
  if (data.byteLength < headBytes) return undefined
  const view = new DataView(data)
  return {
    kind: view.getUint8(kindAt),
    sub: view.getUint32(subAt, true),
    // A log is far below 2^53 bytes.
    offset: Number(view.getBigUint64(offsetAt, true)),
    bytes: new Uint8Array(data, headBytes),
  }
}

const nothing = new Uint8Array()

export function terminalFrame(kind: number, sub: number, offset: number, bytes: Uint8Array = nothing): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(headBytes + bytes.length)
  const view = new DataView(frame.buffer)
  view.setUint8(kindAt, kind)
  view.setUint32(subAt, sub, true)
  view.setBigUint64(offsetAt, BigInt(offset), true)
  frame.set(bytes, headBytes)
  return frame
}

export function sizeBytes(rows: number, cols: number): Uint8Array {
  const bytes = new Uint8Array(4)
  const view = new DataView(bytes.buffer)
  view.setUint16(0, rows, true)
  view.setUint16(2, cols, true)
  return bytes
}
