// A small disk that can be full: a tmpfs, mounted in the namespace of muster-reap.
import { open, rm } from 'node:fs/promises'
import path from 'node:path'
import { build, runToEnd } from './program.mjs'

const MOUNTER = path.join(build, 'tests/harness/muster-disk')
const BLOCKS = [2 ** 20, 4096].map((size) => Buffer.alloc(size)) // the second is a page, tmpfs(5)

export class SmallDisk {
  /** Over that folder, which exists. `why` is set where this cannot be done. */
  static async mount(folder, mib) {
    const disk = new SmallDisk()
    const { code, err } = await runToEnd(MOUNTER, [folder, String(mib)], { code: null })
    disk.folder = folder
    disk.filling = path.join(folder, 'filling')
    if (code !== 0) disk.why = `cannot mount a small disk: ${err}`
    return disk
  }

  /** Takes all that is free, but for `leave` bytes. */
  async fill({ leave = 0 } = {}) {
    const file = await open(this.filling, 'a')
    let size = 0
    for (const bytes of BLOCKS)
      while ((await file.write(bytes).catch(() => ({ bytesWritten: 0 }))).bytesWritten === bytes.length) size += bytes.length
    if (leave) await file.truncate(size - leave)
    await file.close()
  }

  free() {
    return rm(this.filling, { force: true })
  }

  unmount() {
    return runToEnd(MOUNTER, [this.folder])
  }
}
