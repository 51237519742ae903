/** What one person sees of a server, among all that it has. */
export interface Sight {
  readonly who: string;
  readonly as: string;
  readonly has: Readonly<Record<"Tools" | "Resources" | "Prompts", readonly string[]>>;
  readonly sees: readonly string[];
}

const WIDTH = 340;
const ROW = 26;
const TOP = 84;

/** Draws it as a card, for a page: what is seen with a tick, the rest grey. */
export function drawSight({ who, as, has, sees }: Sight): string {
  const rows: string[] = [];
  let y = TOP;
  for (const [kind, names] of Object.entries(has)) {
    y += ROW + 6;
    rows.push(`  <text class="kind" x="24" y="${y}">${kind}</text>`);
    for (const name of names) {
      y += ROW;
      const isSeen = sees.includes(name);
      if (isSeen) rows.push(`  <path class="tick" d="M26 ${y - 5}l4 4 8-9"/>`);
      rows.push(
        `  <text class="${isSeen ? "seen" : "hidden"}" x="50" y="${y}">${name.replaceAll("<", "&lt;")}</text>`,
      );
    }
  }
  const height = y + 24;
  const all = Object.values(has).flat();
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="title desc">
  <title id="title">What ${who}, ${as}, sees</title>
  <desc id="desc">Seen: ${all.filter((name) => sees.includes(name)).join(", ")}. Not there: ${all.filter((name) => !sees.includes(name)).join(", ") || "nothing"}.</desc>
  <style>
    text { font-family: system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; fill: #111827 }
    .card { fill: #ffffff; stroke: #d1d5db }
    .head { fill: #eef2ff }
    .who { font-size: 18px; font-weight: 600 }
    .as { font-size: 14px; fill: #4b5563 }
    .kind { font-size: 13px; font-weight: 600; fill: #4f46e5 }
    .seen, .hidden { font-family: ui-monospace, "SF Mono", Menlo, "DejaVu Sans Mono", monospace; font-size: 14px }
    .hidden { fill: #9ca3af; text-decoration: line-through }
    .tick { stroke: #059669; stroke-width: 2.5; fill: none; stroke-linecap: round; stroke-linejoin: round }
    @media (prefers-color-scheme: dark) {
      text { fill: #f0f6fc }
      .card { fill: #0d1117; stroke: #30363d }
      .head { fill: #1e1b4b }
      .as { fill: #b6bec9 }
      .kind { fill: #a5b4fc }
      .hidden { fill: #6b7280 }
      .tick { stroke: #34d399 }
    }
  </style>
  <rect class="card" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="10"/>
  <path class="head" d="M1 ${TOP}V11a10 10 0 0 1 10-10h${WIDTH - 22}a10 10 0 0 1 10 10V${TOP}z"/>
  <text class="who" x="24" y="38">${who}</text>
  <text class="as" x="24" y="62">${as}</text>
${rows.join("\n")}
</svg>
`;
}
