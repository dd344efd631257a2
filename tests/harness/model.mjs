// The scripted model, and the log of its requests: independent evidence of what an agent did.
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { Program } from './program.mjs'
import { makeFolder, muster } from './daemon.mjs'

const ADDRESS = /http:\/\/127\.0\.0\.1:\d+/

export class Model {
  /** `script` is the scenario object, or the path of a scenario file; `options` as for Program. */
  static async start(script, options) {
    const model = new Model()
    const folder = await makeFolder('model')
    model.log = path.join(folder, 'requests.jsonl')
    let file = script
    if (typeof script !== 'string') {
      file = path.join(folder, 'script.json')
      await writeFile(file, JSON.stringify(script))
    }
    model.program = new Program(muster, ['model', file, '--port', '0', '--log', model.log], options)
    model.url = ADDRESS.exec(await model.program.waitLine(ADDRESS))[0]
    return model
  }

  /** The environment with which an agent CLI uses this model and nothing else. */
  get env() {
    return {
      ANTHROPIC_BASE_URL: this.url,
      ANTHROPIC_API_KEY: 'scripted-model',
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      DISABLE_AUTOUPDATER: '1',
      DISABLE_TELEMETRY: '1',
    }
  }

  /** One object per request, in order. */
  async requests() {
    const text = await readFile(this.log, 'utf8').catch((error) => {
      if (error.code === 'ENOENT') return ''
      throw error
    })
    return text.split('\n').filter(Boolean).map((line) => JSON.parse(line))
  }

  /** Its address answers nobody any more. */
  async unplug() {
    this.isGone = true
    await this.program.end('SIGKILL')
  }

  async stop() {
    if (!this.isGone) await this.program.stop()
  }
}
