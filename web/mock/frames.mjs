// Binary frames of a terminal or an eye on /ws, as docs/live.md says: for the mock daemon, and for viewers in tests.
export const KINDS = { output: 1, input: 2, resize: 3, ack: 4, picture: 5, control: 6 }

export function frameOf(kind, sub, offset, bytes = Buffer.alloc(0)) {
  const head = Buffer.alloc(13)
  head.writeUInt8(kind)
  head.writeUInt32LE(sub, 1)
  head.writeBigUInt64LE(BigInt(offset), 5)
  return Buffer.concat([head, bytes])
}
