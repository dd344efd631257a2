// node bench/page/run.mjs CASE < JSON: takes one measurement of the page over a daemon that runs, and prints its figures.
import { json } from 'node:stream/consumers'
import { acts, diff, visits } from './acts.mjs'
import { board, busy } from './busy.mjs'

const cases = { acts, board, busy, diff, visits }
console.log(JSON.stringify(await cases[process.argv[2]](await json(process.stdin))))
