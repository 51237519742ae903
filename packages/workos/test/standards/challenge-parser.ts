/** One challenge as RFC 9110 §11.6.1 reads it: written for these tests, from the grammar, knowing nothing of the writer. */
export interface ParsedChallenge {
  readonly scheme: string;
  readonly parameters: readonly (readonly [name: string, value: string])[];
}

const TOKEN = /[!#$%&'*+\-.^_`|~0-9A-Za-z]+/y;

/** Parses `scheme 1*SP auth-param *( OWS "," OWS auth-param )`; throws on anything else. */
export function parseChallenge(text: string): ParsedChallenge {
  let at = 0;
  const token = (what: string): string => {
    TOKEN.lastIndex = at;
    const found = TOKEN.exec(text)?.[0];
    if (found === undefined) throw new Error(`${what} expected at ${at}`);
    at += found.length;
    return found;
  };
  const skip = (characters: string): number => {
    const from = at;
    while (at < text.length && characters.includes(text.charAt(at))) at += 1;
    return at - from;
  };
  const quoted = (): string => {
    let value = "";
    for (at += 1; text.charAt(at) !== '"'; at += 1) {
      if (at >= text.length) throw new Error("quoted-string is not closed");
      if (text.charAt(at) === "\\") at += 1;
      value += text.charAt(at);
    }
    at += 1;
    return value;
  };

  const scheme = token("scheme");
  const parameters: (readonly [string, string])[] = [];
  if (skip(" ") === 0) throw new Error("a space expected behind the scheme");
  for (;;) {
    const name = token("parameter name");
    skip(" \t");
    if (text.charAt(at) !== "=") throw new Error(`= expected at ${at}`);
    at += 1;
    skip(" \t");
    parameters.push([name.toLowerCase(), text.charAt(at) === '"' ? quoted() : token("value")]);
    skip(" \t");
    if (at === text.length) return { scheme, parameters };
    if (text.charAt(at) !== ",") throw new Error(`, expected at ${at}`);
    at += 1;
    skip(" \t");
  }
}
