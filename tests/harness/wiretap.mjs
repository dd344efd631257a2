// Between an agent CLI and the scripted model: passes each request on, and keeps its body.
import http from 'node:http'

export class Wiretap {
  bodies = []

  static async open(target) {
    const tap = new Wiretap()
    tap.server = http.createServer((request, response) => tap.#pass(target, request, response))
    await new Promise((resolve) => tap.server.listen(0, '127.0.0.1', resolve))
    tap.url = `http://127.0.0.1:${tap.server.address().port}`
    return tap
  }

  async #pass(target, request, response) {
    const pieces = []
    for await (const piece of request) pieces.push(piece)
    const body = Buffer.concat(pieces)
    this.bodies.push(body.toString())
    const { host, ...headers } = request.headers
    const onward = http.request(target + request.url, { method: request.method, headers }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers)
      answer.pipe(response)
    })
    onward.on('error', () => response.destroy())
    onward.end(body)
  }

  /** The blocks of the users' messages of all requests so far. */
  blocks() {
    const requests = this.bodies.filter(Boolean).map((body) => JSON.parse(body))
    const messages = requests.flatMap(({ messages = [] }) => messages.filter(({ role }) => role === 'user'))
    return messages.flatMap(({ content }) => (typeof content === 'string' ? [{ type: 'text', text: content }] : content))
  }

  close() {
    this.server.closeAllConnections()
    return new Promise((resolve) => this.server.close(resolve))
  }
}
