/** A value as it arrives in a browser through JSON: dates are ISO strings, undefined is absent. */
export type Wire<T> = T extends Date
  ? string
  : T extends bigint
    ? never
    : T extends (...args: never[]) => unknown
      ? never
      : T extends readonly (infer Item)[]
        ? Wire<Item>[]
        : unknown extends T
          ? T
          : T extends object
            ? { [Key in keyof T]: Wire<T[Key]> }
            : T

/** The same form for server-rendered data and for refetched data, so that a screen sees one type. */
export const toWire = <T>(value: T): Wire<T> =>
  (value === undefined ? null : JSON.parse(JSON.stringify(value))) as Wire<T>
