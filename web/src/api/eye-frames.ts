import { parseTerminalFrame } from '~/api/terminal-frames'

/** A picture of what an eye shows. Inputs use the pixels of its output, which may be larger than the picture. */
export type EyePicture = {
  frame: number
  step: number
  generation: number
  /** Of the output. */
  width: number
  height: number
  flags: number
  /** Of the picture. */
  pictureWidth: number
  pictureHeight: number
  jpeg: Uint8Array<ArrayBuffer>
}

/** Of the flags of a frame (clients/c/muster-eye-abi.h). */
export const frameFlags = { stale: 1, composed: 2, copied: 4 } as const

const headBytes = 48

/** What kind 5 carries, and whose it is; undefined for what is shorter than its head. */
export function parsePicture(data: ArrayBuffer): { sub: number; picture: EyePicture } | undefined {
  const frame = parseTerminalFrame(data)
  if (!frame || frame.bytes.length < headBytes) return undefined
  const view = new DataView(data, frame.bytes.byteOffset)
  return {
    sub: frame.sub,
    picture: {
      frame: Number(view.getBigUint64(0, true)),
      step: Number(view.getBigUint64(8, true)),
      generation: Number(view.getBigUint64(16, true)),
      width: view.getUint32(24, true),
      height: view.getUint32(28, true),
      flags: view.getUint32(32, true),
      pictureWidth: view.getUint16(44, true),
      pictureHeight: view.getUint16(46, true),
      jpeg: new Uint8Array(data, frame.bytes.byteOffset + headBytes),
    },
  }
}

const inputKinds = { key: 1, button: 2, motion: 3, position: 4, wheel: 5 } as const
/** `code`: of linux/input-event-codes.h; of a wheel 0 vertical, 1 horizontal. Motion and positions in 1/256 of a pixel of the output. */
export type EyeInput = { kind: keyof typeof inputKinds; code?: number; a: number; b?: number }

const inputBytes = 16
/** The daemon takes no more at once. */
export const mostInputs = 256

export function encodeInputs(inputs: readonly EyeInput[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(inputs.length * inputBytes)
  const view = new DataView(bytes.buffer)
  for (const [at, { kind, code = 0, a, b = 0 }] of inputs.entries()) {
    view.setUint16(at * inputBytes, inputKinds[kind], true)
    view.setUint16(at * inputBytes + 2, code, true)
    view.setInt32(at * inputBytes + 4, a, true)
    view.setInt32(at * inputBytes + 8, b, true)
  }
  return bytes
}
