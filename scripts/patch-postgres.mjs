// Mends the pinned `postgres` driver after installation: in 3.4.9 a connection that is lost within a transaction or a
// reservation kills the process (TypeError in nextWrite), leaves the pool slot unable to write, or gives its error or its
// ROLLBACK to whoever uses the slot next. Plain JavaScript, because it runs before anything else is installed. Safe to repeat.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const version = '3.4.9'
const home = new URL('../node_modules/postgres/', import.meta.url)

/** [file, what stands there, what must stand there] */
const edits = [
  [
    'connection.js',
    `  function nextWrite(fn) {
    const x = socket.write(chunk, fn)`,
    `  function nextWrite(fn) {
    if (!socket) {
      clearImmediate(nextWriteTimer)
      chunk = nextWriteTimer = null
      error(Errors.connection('CONNECTION_CLOSED', options, socket))
      return false
    }
    const x = socket.write(chunk, fn)`,
  ],
  [
    'connection.js',
    `    clearImmediate(nextWriteTimer)
    if (socket) {`,
    `    clearImmediate(nextWriteTimer)
    chunk = nextWriteTimer = null
    if (socket) {`,
  ],
  [
    'connection.js',
    `    clearImmediate(nextWriteTimer)
    socket.removeListener`,
    `    clearImmediate(nextWriteTimer)
    chunk = nextWriteTimer = null
    socket.removeListener`,
  ],
  [
    'connection.js',
    `error(Errors.connection('CONNECTION_CLOSED', options, socket))
    closedTime`,
    `error(Errors.connection('CONNECTION_CLOSED', options, socket))
    query = results = errorResponse = null
    result = new Result()
    closedTime`,
  ],
  [
    'index.js',
    `    c.reserved.release = true

    const sql = Sql(handler)
    sql.release = () => {
      c.reserved = null`,
    `    c.reserved.release = true

    let dead = null
    c.onclose = e => {
      dead = e
      while (queue.length)
        queue.shift().reject(e)
    }

    const sql = Sql(handler)
    sql.release = () => {
      if (dead)
        return
      c.onclose = null
      c.reserved = null`,
  ],
  [
    'index.js',
    `    function handler(q) {
      c.queue === full
        ? queue.push(q)`,
    `    function handler(q) {
      if (dead)
        return q.reject(dead)
      c.queue === full
        ? queue.push(q)`,
  ],
  [
    'index.js',
    `      , connection
      , prepare = null`,
    `      , connection
      , dead = null
      , prepare = null`,
  ],
  [
    'index.js',
    `        new Promise((_, reject) => connection.onclose = reject)`,
    `        new Promise((_, reject) => connection.onclose = e => {
          dead = e
          while (queries.length)
            queries.shift().reject(e)
          reject(e)
        })`,
  ],
  [
    'index.js',
    `        q.catch(e => uncaughtError || (uncaughtError = e))
        c.queue === full`,
    `        q.catch(e => uncaughtError || (uncaughtError = e))
        if (dead)
          return q.reject(dead)
        c.queue === full`,
  ],
]

function mend(folder) {
  for (const name of ['connection.js', 'index.js']) {
    const file = fileURLToPath(new URL(`${folder}/${name}`, home))
    let text = readFileSync(file, 'utf8')
    const before = text
    for (const [, from, to] of edits.filter(([each]) => each === name)) {
      if (text.includes(to)) continue
      if (text.split(from).length !== 2) {
        throw new Error(`postgres/${folder}/${name} is not the file that scripts/patch-postgres.mjs knows`)
      }
      text = text.replace(from, () => to)
    }
    if (text !== before) writeFileSync(file, text)
  }
}

if (existsSync(new URL('package.json', home))) {
  const installed = JSON.parse(readFileSync(new URL('package.json', home), 'utf8')).version
  if (installed !== version)
    throw new Error(`postgres ${installed} is installed, but the mend is for ${version}`)
  for (const folder of ['src', 'cjs/src']) mend(folder)
}
