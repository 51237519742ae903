/** Calls a function later, once, without keeping the process alive; returns what cancels it. Milliseconds. */
export type Schedule = (run: () => void, delay: number) => () => void;
