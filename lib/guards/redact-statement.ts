/** The longest statement text that the console keeps. */
export const longestStatement = 2_000

/** How much of a statement is read at all: comments may stand before what matters. */
const longestRead = 50_000

/** What a token is replaced with: nothing known yet, kept as it is, or a numbered place. */
interface Token {
  end: number
  kind: 'keep' | 'literal' | 'space'
}

const identifierStart = /[A-Za-z_\u0080-\uffff]/
const identifierRun = /[A-Za-z0-9_$\u0080-\uffff]*/y
const numberRun = /(?:[eE][+-]\d|[A-Za-z0-9_.$\u0080-\uffff])*/y
const spaceRun = /\s*/y
const parameterRun = /\$\d+/y
const dollarTag = /\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$/y
const prefixedString = /(?:[eEbBxXnN]|[uU]&)'/y
/** PostgreSQL reads strings that are divided by a line break as one. */
const continuation = /[ \t\f\v]*[\r\n]\s*'/y

const runFrom = (pattern: RegExp, text: string, at: number): number => {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : at
}

/**
 * A statement as pg_stat_statements would show it: every literal is a `$n`, comments are gone, keywords, names, null,
 * true and false stay. Where a text can be read in two ways, or ends in the middle of something, everything that may
 * be a literal goes. Pure.
 */
export function redactStatement(statement: string): string {
  const text = statement.slice(0, longestRead)
  let number = highestParameter(text)
  let redacted = ''
  for (let at = 0; at < text.length; ) {
    const { end, kind } = readToken(text, at)
    if (kind === 'keep') redacted += text.slice(at, end)
    else if (kind === 'space') redacted += ' '
    else redacted += `$${++number}`
    at = end
    // Two readings of a broken text meet here ('O'Brien'): what touches a literal goes with it.
    if (kind === 'literal') at = runFrom(identifierRun, text, at)
  }
  return boundStatement(redacted.trim())
}

/** A statement cut at what the console keeps, never inside a character. */
export const boundStatement = (statement: string): string =>
  statement.length <= longestStatement
    ? statement
    : `${statement.slice(0, longestStatement - 1).replace(/[\ud800-\udbff]$/, '')}…`

function readToken(text: string, at: number): Token {
  const character = text[at]!
  const next = text[at + 1]
  if (character === '-' && next === '-') {
    const line = text.slice(at).search(/[\r\n]/)
    return { end: line === -1 ? text.length : at + line, kind: 'space' }
  }
  if (character === '/' && next === '*') return { end: endOfComment(text, at), kind: 'space' }
  if (character === "'") return { end: endOfString(text, at + 1, false), kind: 'literal' }
  if (character === '"') return readName(text, at + 1)
  if (character === '$') return readDollar(text, at)
  const prefixEnd = runFrom(prefixedString, text, at)
  if (prefixEnd > at) {
    return { end: endOfString(text, prefixEnd, character === 'e' || character === 'E'), kind: 'literal' }
  }
  if (identifierStart.test(character)) return { end: runFrom(identifierRun, text, at), kind: 'keep' }
  if (/\d/.test(character) || (character === '.' && /\d/.test(next ?? ''))) {
    return { end: runFrom(numberRun, text, at), kind: 'literal' }
  }
  const spaceEnd = runFrom(spaceRun, text, at)
  return { end: Math.max(spaceEnd, at + 1), kind: 'keep' }
}

/** The end of a string whose quote was opened before `from`; the whole rest where that is not certain. */
function endOfString(text: string, from: number, escapes: boolean): number {
  for (let at = from; at < text.length; at++) {
    if (text[at] === '\\' && escapes) {
      at++
      continue
    }
    if (text[at] !== "'") continue
    if (text[at + 1] === "'") {
      // Without standard_conforming_strings \'' ends the string at its second quote.
      if (!escapes && isEscaped(text, at, from)) return text.length
      at++
      continue
    }
    if (!escapes && isEscaped(text, at, from)) return text.length
    const continued = runFrom(continuation, text, at + 1)
    if (continued === at + 1) return at + 1
    at = continued - 1
  }
  return text.length
}

/** Whether an odd number of backslashes stands before this quote, so that a server setting decides what it is. */
function isEscaped(text: string, quote: number, from: number): boolean {
  let backslashes = 0
  for (let at = quote - 1; at >= from && text[at] === '\\'; at--) backslashes++
  return backslashes % 2 === 1
}

function readName(text: string, from: number): Token {
  for (let at = from; at < text.length; at++) {
    if (text[at] !== '"') continue
    if (text[at + 1] !== '"') return { end: at + 1, kind: 'keep' }
    at++
  }
  return { end: text.length, kind: 'literal' }
}

function readDollar(text: string, at: number): Token {
  const parameterEnd = runFrom(parameterRun, text, at)
  if (parameterEnd > at) return { end: parameterEnd, kind: 'keep' }
  const tagEnd = runFrom(dollarTag, text, at)
  if (tagEnd === at) return { end: at + 1, kind: 'keep' }
  const tag = text.slice(at, tagEnd)
  const close = text.indexOf(tag, tagEnd)
  return { end: close === -1 ? text.length : close + tag.length, kind: 'literal' }
}

/** Comments nest. One that does not end takes the rest with it. */
function endOfComment(text: string, from: number): number {
  let depth = 0
  for (let at = from; at < text.length - 1; at++) {
    const pair = text.slice(at, at + 2)
    if (pair === '/*') depth++
    else if (pair === '*/') depth--
    else continue
    at++
    if (depth === 0) return at + 1
  }
  return text.length
}

/** Numbers of replaced literals go on after the statement's own parameters, so that no two are the same. */
const highestParameter = (text: string): number =>
  Math.max(0, ...[...text.matchAll(/\$(\d{1,5})/g)].map((match) => Number(match[1])))
