/** Nouns and forms that a subject begins with when it describes instead of telling what to do. */
const NOT_A_COMMAND = [
  /^(?:an?|the|this|it|what|how|why)$/i,
  // "Tests:" is an area, and the verb comes after it.
  /:$/,
  // Adds, tests; but not pass, focus, alias.
  /(?<!s|u|ia)s$/i,
  // Added; but not need, embed, shred.
  /[aeiouy].*(?<!e|emb)ed$/i,
  // Adding; but not bring, ping.
  /[aeiouy].*ing$/i,
];

/**
 * Lists what is wrong with the first line of a commit message: its length, its capital letter, its full stop and its verb.
 *
 * Does NOT know English: a noun of another form passes as a verb.
 *
 * @param {string} subject
 * @returns {string[]}
 */
export function findSubjectProblems(subject) {
  if (/^(?:Merge |Revert ")/.test(subject)) return [];
  const [word = ""] = subject.split(" ");
  const problems = [];
  if (subject.length > 72) problems.push(`it has ${subject.length} characters; 72 are allowed`);
  if (!/^\p{Lu}/u.test(subject)) problems.push("it begins without a capital letter");
  if (subject.endsWith(".")) problems.push("it ends with a full stop");
  if (NOT_A_COMMAND.some((form) => form.test(word))) {
    problems.push(`"${word}" is not imperative, as in "Add a check"`);
  }
  return problems;
}

/**
 * Returns the subject of a commit message that is being edited: its first paragraph on one line, as git shows it.
 *
 * @param {string} message
 * @returns {string}
 */
export function readSubject(message) {
  const text = message.replace(/^#.*\n?/gm, "").trim();
  return text.split(/\n\s*\n/)[0].replace(/\s*\n\s*/g, " ");
}
