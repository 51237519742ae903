/** Markup that is safe to send: made by {@link markup} only, which escapes whatever is put into it. */
export interface Markup {
  readonly html: string;
}

type Fragment = string | number | Markup | readonly Markup[] | undefined;

/**
 * A template tag for HTML: every value is escaped for text and quoted attributes, unless it is `Markup` already.
 *
 * It is not called `html`, because formatters reflow what that tag holds, and white space counts here.
 */
export function markup(literals: TemplateStringsArray, ...values: readonly Fragment[]): Markup {
  const parts = literals.map(
    (literal, index) => literal + (index < values.length ? render(values[index]) : ""),
  );
  return { html: parts.join("") };
}

function render(value: Fragment): string {
  if (value === undefined) return "";
  if (typeof value === "string" || typeof value === "number") return escape(String(value));
  return "html" in value ? value.html : value.map(({ html }) => html).join("");
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escape(text: string): string {
  return text.replace(/[&<>"']/gu, (character) => entities[character] ?? "");
}

/**
 * Makes a name that a client or user chose fit to be shown: no control or direction-changing characters, 80 at most.
 *
 * Escaping stops markup; this stops a name that turns the text around it backwards or pushes it off the page.
 */
export function displayName(name: string): string {
  const visible = name
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]/gu, "")
    .replace(/\s+/gu, " ")
    .trim();
  const characters = Array.from(visible);
  if (characters.length === 0) return "Unnamed client";
  return characters.length > 80 ? `${characters.slice(0, 79).join("")}…` : visible;
}
