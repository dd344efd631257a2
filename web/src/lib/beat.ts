/** What is on screen changes at most ten times a second, all of it in one drawing: with what a person does there are no more than twelve. */
const apartMs = 100

type Run = () => void

/** Answers before what is computed from them. */
const due = { first: new Set<Run>(), later: new Set<Run>() }
let timer: ReturnType<typeof setTimeout> | undefined
let last = -Infinity

function beat() {
  timer = undefined
  last = performance.now()
  const runs = [...due.first, ...due.later]
  due.first.clear()
  due.later.clear()
  for (const run of runs)
    try {
      run()
    } catch (error) {
      reportError(error)
    }
}

/** Runs it once, with all others that wait: at once after a pause. */
export function onBeat(run: Run, order: keyof typeof due = 'later') {
  due[order].add(run)
  timer ??= setTimeout(beat, Math.max(0, last + apartMs - performance.now()))
}

/** It has been done. */
export function offBeat(run: Run) {
  for (const runs of [due.first, due.later]) runs.delete(run)
}
