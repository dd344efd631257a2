// A disk that does not answer, as one whose server hangs, mounted in the namespace of muster-reap: whoever looks at what is on it
// waits until it is released.
import path from 'node:path'
import { build, Program, runToEnd } from './program.mjs'

const tool = (name) => path.join(build, 'tests/harness', name)

export class HungDisk {
  /** Over that folder, whose content is back after `release`. `why` is set where this cannot be done. */
  static async mount(folder) {
    const disk = new HungDisk()
    disk.folder = folder
    disk.server = new Program(tool('muster-hung'), [folder])
    disk.why = await disk.server.waitLine(/^mounted$/).then(() => undefined, (error) => `cannot mount a disk that hangs: ${error.message}`)
    return disk
  }

  /** Everything that waited for it fails. A second release does nothing. */
  async release() {
    if (this.why || this.isReleased) return
    this.isReleased = true
    await this.server.end('SIGKILL')
    await runToEnd(tool('muster-disk'), [this.folder])
  }
}
