import type { Server } from "node:http";
// #region observers
import { workosProvider, type Observer } from "@xmcp-dev/workos";
import { openTelemetry } from "@xmcp-dev/workos/opentelemetry";

export default workosProvider({
  log: { level: "debug", format: "json" },
  observers: [openTelemetry()],
});
// #endregion observers

// #region own
const counts = new Map<string, number>();

export const denials: Observer = {
  name: "denials",
  onEvent(event) {
    if (event.kind !== "denied") return;
    const subject = `${event.caller.id} ${event.reason}`;
    counts.set(subject, (counts.get(subject) ?? 0) + 1);
  },
};

export const counting = workosProvider({ observers: [denials] });
// #endregion own

// #region keep
export const keeping = workosProvider({
  log: { level: "debug" },
  recordArguments: { refund: ["id", "dollars"] },
});
// #endregion keep

// #region end
export function endWith(handler: ReturnType<typeof workosProvider>, server: Server): void {
  process.once("SIGTERM", () => {
    server.close();
    // First what this package still has to deliver, then whatever is yours.
    void handler.close().then(() => process.exit());
  });
}
// #endregion end
