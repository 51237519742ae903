import { describeError } from "../describe-error.js";
import { findDifferences, type AccessFinding } from "../../access/compare-access.js";
import type { Settings } from "../../server/configuration.js";
import type { Runtime } from "../../server/runtime.js";
import { registeredWithXmcp, unknownRecordedTools } from "./registered-names.js";

/** Gives observers the names that the server registers, and reports once where the configuration names others. */
export async function learnFromServer(
  { access, recordArguments }: Pick<Settings, "access" | "recordArguments">,
  { trail, learnNames }: Pick<Runtime, "trail" | "learnNames">,
): Promise<void> {
  const advise = (code: "access_map_differs" | "recorded_tool_unknown", detail: string): void => {
    trail({ kind: "advice", code, detail });
  };
  try {
    const registered = await registeredWithXmcp();
    learnNames?.(registered);
    for (const detail of unknownRecordedTools(recordArguments, registered)) {
      advise("recorded_tool_unknown", detail);
    }
    if (access === undefined) return;
    for (const detail of differences(findDifferences(access, registered))) {
      advise("access_map_differs", detail);
    }
  } catch (error) {
    if (access === undefined) return;
    // A tool that cannot be imported is xmcp's to report.
    advise(
      "access_map_differs",
      `the access map could not be compared with the server's tools: ${describeError(error)}`,
    );
  }
}

/** A line for every rule about nothing, and one for all that no caller may use. */
function differences(findings: readonly AccessFinding[]): readonly string[] {
  const unnamed = findings.filter(({ kind }) => kind === "not-named").map(({ subject }) => subject);
  const rest = unnamed.length > MOST_NAMES ? ` and ${unnamed.length - MOST_NAMES} more` : "";
  return [
    ...findings.filter(({ kind }) => kind === "not-registered").map(({ message }) => message),
    ...(unnamed.length === 0
      ? []
      : [
          `denied to everybody, because the access map does not name it: ${unnamed.slice(0, MOST_NAMES).join(", ")}${rest}`,
        ]),
  ];
}

/** Names in one line at most. */
const MOST_NAMES = 20;
