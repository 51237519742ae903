/** Goes on with a value: at once when it is there, so that nothing waits without need, or when its promise fulfils. */
export function andThen<Value, Result>(
  value: Value | Promise<Value>,
  continuation: (value: Value) => Result | Promise<Result>,
): Result | Promise<Result> {
  return value instanceof Promise ? value.then(continuation) : continuation(value);
}
