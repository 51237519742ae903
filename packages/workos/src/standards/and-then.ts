/** Goes on with a value: at once when it is there, so that nothing waits without need, or when its promise fulfils. */
export function andThen<Value, Result>(
  value: Value | Promise<Value>,
  continuation: (value: Value) => Result | Promise<Result>,
): Result | Promise<Result> {
  return value instanceof Promise ? value.then(continuation) : continuation(value);
}

/** Returns a value that is there, and undefined in the place of a promise. */
export function ifThere<Value>(value: Value | Promise<Value>): Value | undefined {
  return value instanceof Promise ? undefined : value;
}
